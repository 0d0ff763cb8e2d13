// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gitops_test

import (
	"os"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"
	"sigs.k8s.io/yaml"
)

const argocd = "../../config/gitops/argocd/"

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// health runs the script as Argo CD does: with the object in obj, and without most of Lua's libraries.
func health(t *testing.T, script string, object map[string]any) (status, message string) {
	t.Helper()
	l := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer l.Close()
	for name, open := range map[string]lua.LGFunction{
		lua.LoadLibName: lua.OpenPackage, lua.BaseLibName: lua.OpenBase, lua.TabLibName: lua.OpenTable,
	} {
		l.Push(l.NewFunction(open))
		l.Push(lua.LString(name))
		l.Call(1, 0)
	}
	l.SetGlobal("obj", toLua(l, object))
	if err := l.DoString(script); err != nil {
		t.Fatal(err)
	}
	result, ok := l.Get(-1).(*lua.LTable)
	if !ok {
		t.Fatalf("the script returns %s", l.Get(-1))
	}
	return lua.LVAsString(result.RawGetString("status")), lua.LVAsString(result.RawGetString("message"))
}

func toLua(l *lua.LState, value any) lua.LValue {
	switch v := value.(type) {
	case map[string]any:
		table := l.NewTable()
		for key, item := range v {
			table.RawSetString(key, toLua(l, item))
		}
		return table
	case []any:
		table := l.NewTable()
		for _, item := range v {
			table.Append(toLua(l, item))
		}
		return table
	case string:
		return lua.LString(v)
	case bool:
		return lua.LBool(v)
	case int64:
		return lua.LNumber(v)
	case float64:
		return lua.LNumber(v)
	}
	return lua.LNil
}

func TestArgoCDSeesTheHealthOfEveryKindInEveryState(t *testing.T) {
	script := read(t, argocd+"health.lua")
	all := states(t)
	if len(all) < 14*10 {
		t.Fatalf("%d states", len(all))
	}
	for _, s := range all {
		status, message := health(t, script, s.Object)
		if status != s.Argo || message == "" {
			t.Errorf("%s: %s (%s), want %s", s.Name, status, message, s.Argo)
		}
	}
}

func TestAnObjectWithoutStatusIsProgressing(t *testing.T) {
	script := read(t, argocd+"health.lua")
	for name, object := range map[string]map[string]any{
		"no status": {"kind": "Goal", "metadata": map[string]any{"generation": int64(1)}},
		"no conditions": {"kind": "Goal", "metadata": map[string]any{"generation": int64(1)},
			"status": map[string]any{"observedGeneration": int64(1)}},
	} {
		if status, message := health(t, script, object); status != "Progressing" || message == "" {
			t.Errorf("%s: %s (%s)", name, status, message)
		}
	}
}

// There is one script; what is copied into the configuration of Argo CD is that one.
func TestTheConfigurationOfArgoCDHoldsTheScript(t *testing.T) {
	var configMap struct{ Data map[string]string }
	if err := yaml.UnmarshalStrict([]byte(read(t, argocd+"argocd-cm.yaml")), &configMap); err != nil {
		t.Fatal(err)
	}
	var customizations map[string]map[string]string
	if err := yaml.UnmarshalStrict([]byte(configMap.Data["resource.customizations"]), &customizations); err != nil {
		t.Fatal(err)
	}
	got := customizations["cx-operator.io/*"]["health.lua"]
	if strings.TrimSpace(got) != strings.TrimSpace(read(t, argocd+"health.lua")) {
		t.Errorf("the script in argocd-cm.yaml is another:\n%s", got)
	}
}
