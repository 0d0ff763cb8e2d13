// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/cx-operator/cx-operator/internal/cli/kit"
)

// throughKubectl is the executable that kubectl asks to complete a plugin's words.
const throughKubectl = `#!/bin/sh
# Completes kubectl cx. Save it as kubectl_complete-cx where kubectl-cx is, and make it executable.
exec kubectl-cx __complete "$@"
`

// completion prints scripts by which shells complete words.
func completion() *cobra.Command {
	return &cobra.Command{
		Use:   "completion [kubectl|bash|zsh|fish|powershell]",
		Short: "Print the script that completes words in a shell",
		Long: "Print the script that completes words in a shell. kubectl completes its plugins by itself, in whatever shell it was set up " +
			"for, once an executable kubectl_complete-cx lies in the PATH: that is what kubectl, the default, prints. The others are for " +
			"calling kubectl-cx by its own name. Names of objects are completed from the cluster, or from the folder of -f.",
		Example:   "  kubectl cx completion > ~/.local/bin/kubectl_complete-cx && chmod +x ~/.local/bin/kubectl_complete-cx",
		Args:      cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{"kubectl", "bash", "zsh", "fish", "powershell"},
		RunE: func(cmd *cobra.Command, args []string) error {
			out, root := cmd.OutOrStdout(), cmd.Root()
			shell := "kubectl"
			if len(args) > 0 {
				shell = args[0]
			}
			switch shell {
			case "bash":
				return root.GenBashCompletionV2(out, true)
			case "zsh":
				return root.GenZshCompletion(out)
			case "fish":
				return root.GenFishCompletion(out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(out)
			}
			_, err := fmt.Fprint(out, throughKubectl)
			return err
		},
	}
}

// completeFlags completes what the flags of every verb can be.
func completeFlags(root *cobra.Command, k *kit.Kit) {
	if err := root.RegisterFlagCompletionFunc("namespace", k.Namespaces); err != nil {
		panic(err) // it is one of kubectl's
	}
	for flag, values := range map[string][]string{
		"lang": {"en", "ru"}, "output": {"table", "json", "yaml", "markdown"}, "color": {"auto", "always", "never"},
	} {
		if err := root.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
			panic(err) // the kit has these flags
		}
	}
}
