// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kit

import "fmt"

// Exit is the error of a verb that has said all there is to say: nothing is printed, and this is the exit code.
type Exit int

func (e Exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }
