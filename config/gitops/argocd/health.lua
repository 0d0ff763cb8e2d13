-- Copyright The cx-operator Authors.
-- SPDX-License-Identifier: Apache-2.0
--
-- Health of every kind of cx-operator.io for Argo CD. It says whether the operator did its work, not whether the figures are good:
-- a KPI below its target is Healthy.
local function health(status, message)
  return { status = status, message = message }
end

local status = obj.status or {}
local generation = obj.metadata.generation
if status.observedGeneration == nil or (generation ~= nil and status.observedGeneration < generation) then
  return health("Progressing", "The operator has not seen this version yet.")
end

local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end
local function isTrue(name)
  return conditions[name] ~= nil and conditions[name].status == "True"
end

if isTrue("Stalled") then -- a person must edit something
  return health("Degraded", conditions.Stalled.message)
end
if isTrue("Reconciling") then -- something is missing that comes by itself, or is tried again
  return health("Progressing", conditions.Reconciling.message)
end
if not isTrue("Ready") then
  return health("Progressing", conditions.Ready ~= nil and conditions.Ready.message or "The operator has not said yet.")
end

local spec = obj.spec or {}
if obj.kind == "Survey" and spec.suspend == true then
  return health("Suspended", "No wave starts while spec.suspend is true.")
end
if obj.kind == "Program" and spec.suspendSending == true then
  return health("Suspended", "No mail goes out while spec.suspendSending is true.")
end
return health("Healthy", conditions.Ready.message)
