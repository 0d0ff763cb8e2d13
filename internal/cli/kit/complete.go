// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kit

import (
	"github.com/spf13/cobra"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// Folders completes the folder of a verb that takes one.
func Folders(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// Names completes names that a program has. Where it cannot be read nothing is offered: there is nobody to tell why.
func (k *Kit) Names(folder func() []string, list func(*Source) []string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		cmd.SetErr(nowhere{})
		source, err := k.Load(cmd, folder())
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return list(source), cobra.ShellCompDirectiveNoFileComp
	}
}

// OfCluster completes names of a verb that works in a cluster only.
func (k *Kit) OfCluster(list func(*Source) []string) cobra.CompletionFunc {
	return k.Names(func() []string { return nil }, list)
}

// Namespaces completes those that have a Program, as far as who asks may see that.
func (k *Kit) Namespaces(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	var names []string
	programs := &cxv1.ProgramList{}
	if c, _, err := k.Client(); err == nil && c.List(Context(cmd), programs) == nil {
		for i := range programs.Items {
			names = append(names, programs.Items[i].Namespace)
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// Surveys are the names of a program's surveys.
func (s *Source) Surveys() []string {
	var names []string
	for _, survey := range s.Snapshot.Surveys {
		names = append(names, survey.Name+"\t"+survey.Spec.DisplayName)
	}
	return names
}

// Waves are the names of its waves that are not over.
func (s *Source) Waves() []string {
	var names []string
	for _, wave := range s.Snapshot.Waves {
		if !wave.Status.Phase.Finished() {
			names = append(names, wave.Name)
		}
	}
	return names
}

// FollowUps are the names of its follow-ups.
func (s *Source) FollowUps() []string {
	var names []string
	for _, followUp := range s.Snapshot.FollowUps {
		names = append(names, followUp.Name)
	}
	return names
}

type nowhere struct{}

func (nowhere) Write(p []byte) (int, error) { return len(p), nil }

// Folder is the folder of a verb whose argument is a name; empty for the cluster.
type Folder string

// AddFlag adds -f.
func (f *Folder) AddFlag(cmd *cobra.Command) {
	cmd.Flags().StringVarP((*string)(f), "folder", "f", "", "read the program from this folder instead of the cluster")
	if err := cmd.MarkFlagDirname("folder"); err != nil {
		panic(err) // the flag is there: it was made a line above
	}
}

// Args is the folder as Load takes it.
func (f *Folder) Args() []string {
	if *f == "" {
		return nil
	}
	return []string{string(*f)}
}
