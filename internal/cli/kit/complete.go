// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kit

import (
	"github.com/spf13/cobra"
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
