// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import "k8s.io/apimachinery/pkg/util/version"

// skew holds the versions of the operator, this plugin and the kinds against each other, as far as they have an order.
func (d *doctor) skew(i installed) {
	operator, err := version.ParseSemantic(i.version())
	if err != nil {
		return // a commit; the kinds are compared by what they say
	}
	if plugin, err := version.ParseSemantic(d.version); err == nil {
		d.pluginSkew(operator, plugin)
	}
	for _, of := range d.kindVersions {
		kinds, err := version.ParseSemantic(of)
		switch {
		case err != nil || kinds.EqualTo(operator):
		case kinds.LessThan(operator):
			d.say(Error, "version", texts{
				"The kinds are of version %s, the operator %s is newer: the API server drops what it writes and they do not know.",
				"Виды — версии %s, оператор %s новее: API-сервер теряет то, что он пишет, а виды не знают.", installKinds, installKindsRU,
			}, "", of, i.version())
		default:
			d.say(Warning, "version", texts{
				"The kinds are of version %s, the operator %s is older: it ignores fields that people may write.",
				"Виды — версии %s, оператор %s старее: он не видит полей, которые люди уже могут писать.",
				"Upgrade the operator, as docs/operations/upgrade.md says.", "Обновите оператор, как сказано в docs/operations/upgrade.md.",
			}, "", of, i.version())
		}
	}
}

// pluginSkew: a patch changes neither fields nor verbs.
func (d *doctor) pluginSkew(operator, plugin *version.Version) {
	const take, takeRU = "Take the plugin of the operator's release.", "Возьмите плагин из выпуска оператора."
	a, b := operator.Major()<<16+operator.Minor(), plugin.Major()<<16+plugin.Minor()
	switch {
	case a > b:
		d.say(Warning, "version", texts{
			"This plugin, %s, is older than the operator, %s: it may misjudge what is new.",
			"Этот плагин, %s, старее оператора, %s: о новом он может судить неверно.", take, takeRU,
		}, "", plugin, operator)
	case a < b:
		d.say(Warning, "version", texts{
			"This plugin, %s, is newer than the operator, %s: verbs may ask for what it does not know.",
			"Этот плагин, %s, новее оператора, %s: команды могут просить о том, чего он не умеет.",
			take + " Or upgrade the operator.", takeRU + " Или обновите оператор.",
		}, "", plugin, operator)
	default:
		d.fine("version", "This plugin, %s, fits the operator, %s.", "Этот плагин, %s, подходит оператору, %s.", plugin, operator)
	}
}
