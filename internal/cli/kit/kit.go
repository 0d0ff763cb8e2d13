// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package kit is what the verbs of the plugin share: which program they are about, in which language they speak, and in which
// form they answer. A verb collects a Result and prints it; it writes nothing to the terminal by itself.
package kit

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/files"
	"github.com/cx-operator/cx-operator/internal/namespace"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Kit has the flags that every verb understands.
type Kit struct {
	// Clock is what time it is.
	Clock func() time.Time
	// Columns is how wide pages are; 0 for as wide as the terminal.
	Columns int
	// Version is the plugin's own; empty when it is not known.
	Version string

	config               *genericclioptions.ConfigFlags
	lang, output, colour string
	now, evidence        string
}

// New makes a kit. Its flags have to be added to the root command.
func New() *Kit { return &Kit{Clock: time.Now, config: genericclioptions.NewConfigFlags(true)} }

// AddFlags adds the flags, those of kubectl included.
func (k *Kit) AddFlags(f *pflag.FlagSet) {
	f.StringVar(&k.lang, "lang", "", "en or ru; empty for the program's first language")
	f.StringVarP(&k.output, "output", "o", "table", "table, json, yaml or markdown")
	f.StringVar(&k.colour, "color", "auto", "auto (on a terminal only, and not with NO_COLOR), always or never")
	f.StringVar(&k.now, "now", "", "judge a folder as of this time, e.g. 2027-01-04T09:00:00Z; empty for now")
	f.StringVar(&k.evidence, "evidence", "", "judge a folder with this evidence, a file made by kubectl cx export; "+
		"without, whatever only the operator's store knows is unknown")
	k.config.AddFlags(f)
}

// Now is the time as of which things are judged.
func (k *Kit) Now() (time.Time, error) {
	if k.now == "" {
		return k.Clock(), nil
	}
	now, err := time.Parse(time.RFC3339, k.now)
	if err != nil {
		return now, fmt.Errorf("--now is %q: write a time as in 2027-01-04T09:00:00Z", k.now)
	}
	return now, nil
}

// Language is that in which the verb speaks about a program, which may be nil.
func (k *Kit) Language(p *cxv1.Program) (cxv1.Language, error) {
	switch lang := cxv1.Language(k.lang); lang {
	case cxv1.LanguageEN, cxv1.LanguageRU:
		return lang, nil
	case "":
	default:
		return "", fmt.Errorf("--lang is %q: write en or ru", k.lang)
	}
	if p == nil {
		return cxv1.LanguageEN, nil
	}
	return cxv1.Language(program.Language(p)), nil
}

// Source is a program, from a folder or from a cluster.
type Source struct {
	// Snapshot has every object with its status: as the controllers wrote it, or as they would for the files of a folder.
	Snapshot *program.Snapshot
	// Namespace is that of a cluster; empty for a folder.
	Namespace string
	// Folder is where the files are; nil for a cluster.
	Folder *program.Folder
	// Findings are what is wrong or doubtful in a folder; a cluster has it in conditions.
	Findings []program.Finding
	// Evidence is what was given with --evidence; nil for none.
	Evidence *store.Evidence
	// Now is the time as of which it was judged.
	Now time.Time
}

// Load reads the program of a verb: that of the folder when one is named, else that of the namespace. In a folder mistakes
// are left out and counted on standard error; without a Program there is nothing to say, which is an error.
func (k *Kit) Load(cmd *cobra.Command, args []string) (*Source, error) {
	now, err := k.Now()
	if err != nil {
		return nil, err
	}
	if len(args) > 0 {
		return k.folder(cmd, args[0], now)
	}
	if k.evidence != "" || k.now != "" {
		return nil, errors.New("--evidence and --now are for a folder: in a cluster the operator has judged already")
	}
	c, ns, err := k.Client()
	if err != nil {
		return nil, err
	}
	snapshot, err := namespace.Read(Context(cmd), c, ns)
	if err != nil {
		return nil, PlainError(err)
	}
	if snapshot.Program == nil {
		return nil, noProgram(Context(cmd), c, ns)
	}
	followUps := &cxv1.FollowUpList{} // which controllers read from the store
	if err := c.List(Context(cmd), followUps, client.InNamespace(ns)); err != nil {
		return nil, PlainError(err)
	}
	for i := range followUps.Items {
		snapshot.Add(&followUps.Items[i])
	}
	return &Source{Snapshot: snapshot, Namespace: ns, Now: now}, nil
}

func (k *Kit) folder(cmd *cobra.Command, name string, now time.Time) (*Source, error) {
	loaded, err := files.Load(name)
	if err != nil {
		return nil, err
	}
	if err := k.Mistakes(cmd, loaded, name); err != nil {
		return nil, err
	}
	if loaded.Snapshot.Program == nil {
		return nil, fmt.Errorf("%s holds no Program that is right: see kubectl cx lint %s", name, name)
	}
	evidence, err := k.Evidence()
	if err != nil {
		return nil, err
	}
	lang, err := k.Language(loaded.Snapshot.Program)
	if err != nil {
		return nil, err
	}
	p := loaded.Snapshot.Program // judged in that language, messages are
	p.Spec.Languages = append([]cxv1.Language{lang}, slices.DeleteFunc(slices.Clone(p.Spec.Languages), func(other cxv1.Language) bool {
		return other == lang
	})...)
	judged := program.Evaluate(loaded.Snapshot, evidence, now)
	return &Source{Snapshot: judged.Snapshot, Folder: loaded, Findings: judged.Findings, Evidence: evidence, Now: now}, nil
}

// Mistakes says on standard error how many there are in the files of a folder.
func (k *Kit) Mistakes(cmd *cobra.Command, loaded *program.Folder, name string) error {
	lang, err := k.Language(loaded.Snapshot.Program)
	if n := len(loaded.Problems); err == nil && n > 0 {
		cmd.PrintErrf(NewPage(lang, 0).T("Mistakes in the files: %d. What is wrong is left out here, see kubectl cx lint %s\n",
			"Ошибок в файлах: %d. Всё, что записано неверно, здесь пропущено, смотрите kubectl cx lint %s\n"), n, name)
	}
	return err
}

// Evidence reads the file of --evidence; nil without one.
func (k *Kit) Evidence() (*store.Evidence, error) {
	if k.evidence == "" {
		return nil, nil
	}
	data, err := os.ReadFile(k.evidence)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("--evidence is %q, and there is no such file: kubectl cx export -o FILE writes one", k.evidence)
	}
	if err != nil {
		return nil, err
	}
	evidence := &store.Evidence{}
	if err := json.Unmarshal(data, evidence); err != nil {
		return nil, fmt.Errorf("%s is no evidence file: %w", k.evidence, err)
	}
	if evidence.APIVersion != store.EvidenceAPIVersion || evidence.Kind != store.EvidenceKind {
		is := cmp.Or(strings.TrimSpace(evidence.APIVersion+" "+evidence.Kind), "something else")
		return nil, fmt.Errorf("%s is %s: this version reads %s %s, as kubectl cx export writes it", k.evidence, is,
			store.EvidenceAPIVersion, store.EvidenceKind)
	}
	return evidence, nil
}

// Client talks to the API server, and says which namespace is meant.
func (k *Kit) Client(more ...func(*runtime.Scheme) error) (client.WithWatch, string, error) {
	config, ns, err := k.REST()
	if err != nil {
		return nil, "", err
	}
	scheme := runtime.NewScheme()
	for _, add := range append(more, cxv1.AddToScheme) {
		if err := add(scheme); err != nil {
			return nil, "", err
		}
	}
	c, err := client.NewWithWatch(config, client.Options{Scheme: scheme})
	return c, ns, err
}

// REST says how to reach the API server, and which namespace is meant.
func (k *Kit) REST() (*rest.Config, string, error) {
	const advice = "name one with --kubeconfig or --context, or give a folder to a verb that takes one (as argument, or with -f)"
	if raw, err := k.config.ToRawKubeConfigLoader().RawConfig(); err == nil && len(raw.Clusters) == 0 && *k.config.APIServer == "" &&
		os.Getenv("KUBERNETES_SERVICE_HOST") == "" {
		return nil, "", errors.New("no cluster is configured: " + advice)
	}
	config, err := k.config.ToRESTConfig()
	if err != nil {
		return nil, "", fmt.Errorf("no cluster: %w: %s", err, advice)
	}
	config.QPS = -1 // the API server's own limits know better than 5 a second
	ns, _, err := k.config.ToRawKubeConfigLoader().Namespace()
	if err != nil {
		return nil, "", fmt.Errorf("which namespace: %w", err)
	}
	return config, ns, nil
}

// Context is the command's, never nil.
func Context(cmd *cobra.Command) context.Context {
	if ctx := cmd.Context(); ctx != nil {
		return ctx
	}
	return context.Background()
}
