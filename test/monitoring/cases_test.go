// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package monitoring_test

// alertCase is what an alert fires for, and what is near it and lets it be quiet. Series are one value a minute.
type alertCase struct {
	alert string
	at    int // minutes
	fires string
	quiet string
}

var alertCases = []alertCase{
	{
		"CxOperatorDown", 6,
		`up{job="other"} 1x10`,
		`cx_build_info{version="v1"} 1x10`,
	},
	{
		"CxControllersSilent", 15,
		`cx_build_info{version="v1"} 1x20`,
		`cx_build_info{version="v1"} 1x20
		 cx_objects{kind="Program", namespace="retail"} 1x20`,
	},
	{
		"CxMetricsIncomplete", 30,
		`cx_metrics_read_failures_total{part="outbox"} 0+1x40`,
		`cx_metrics_read_failures_total{part="outbox"} 3x40`,
	},
	{
		"CxSecretFileWrong", 12,
		`cx_secret_file_in_use{file="link-keys"} 0x20`,
		`cx_secret_file_in_use{file="link-keys"} 0x6 1x20`,
	},
	{
		"CxReconcileFailing", 20,
		`cx_conditions{kind="KPI", namespace="retail", type="Ready", status="Unknown"} 2x30`,
		`cx_conditions{kind="KPI", namespace="retail", type="Ready", status="Unknown"} 2x10 0x20
		 cx_conditions{kind="KPI", namespace="retail", type="Ready", status="False"} 2x30`,
	},
	{
		"CxConditionFlapping", 110,
		`cx_condition_transitions_total{kind="Goal", namespace="retail", type="Ready", status="True"} 0+1x120
		 cx_objects{kind="Goal", namespace="retail"} 2x120`,
		`cx_condition_transitions_total{kind="Goal", namespace="retail", type="Ready", status="True"} 0+1x120
		 cx_objects{kind="Goal", namespace="retail"} 4x120`,
	},
	{
		"CxStoreFailing", 15,
		`cx_store_failures_total{operation="Claim"} 0+1x20`,
		`cx_store_failures_total{operation="Claim"} 0x5 1x15`,
	},
	{
		"CxStoreSlow", 30,
		`cx_store_operation_seconds_bucket{operation="SubmitAnswer", le="1"} 0x60
		 cx_store_operation_seconds_bucket{operation="SubmitAnswer", le="5"} 0+60x60
		 cx_store_operation_seconds_bucket{operation="SubmitAnswer", le="+Inf"} 0+60x60`,
		`cx_store_operation_seconds_bucket{operation="SubmitAnswer", le="0.01"} 0+60x60
		 cx_store_operation_seconds_bucket{operation="SubmitAnswer", le="+Inf"} 0+60x60
		 cx_store_operation_seconds_bucket{operation="ImportContacts", le="1"} 0x60
		 cx_store_operation_seconds_bucket{operation="ImportContacts", le="5"} 0+1x60
		 cx_store_operation_seconds_bucket{operation="ImportContacts", le="+Inf"} 0+1x60`,
	},
	{
		"CxGatewayErrors", 30,
		`cx_gateway_requests_total{code="200"} 0+90x60
		 cx_gateway_requests_total{code="503"} 0+10x60`,
		`cx_gateway_requests_total{code="200"} 0+90x60
		 cx_gateway_requests_total{code="410"} 0+90x60
		 cx_gateway_requests_total{code="503"} 0+1x60`,
	},
	{
		"CxGatewaySlow", 30,
		`cx_gateway_request_seconds_bucket{route="GET /", le="2.5"} 0+9x60
		 cx_gateway_request_seconds_bucket{route="GET /", le="5"} 0+10x60
		 cx_gateway_request_seconds_bucket{route="GET /", le="+Inf"} 0+10x60`,
		`cx_gateway_request_seconds_bucket{route="GET /", le="0.5"} 0+98x60
		 cx_gateway_request_seconds_bucket{route="GET /", le="5"} 0+100x60
		 cx_gateway_request_seconds_bucket{route="GET /", le="+Inf"} 0+100x60`,
	},
	{
		"CxGatewayTurnsAway", 30,
		`cx_gateway_turned_away_total{reason="busy"} 0+60x60`,
		`cx_gateway_turned_away_total{reason="gone"} 0+60x60
		 cx_gateway_turned_away_total{reason="busy"} 0+1x60`,
	},
	{
		"CxOutboxStuck", 50,
		`cx_outbox_oldest_seconds{namespace="retail"} 0+60x80
		 cx_program_sending{namespace="retail", status="True", reason="SendingOn"} 1x80`,
		`cx_outbox_oldest_seconds{namespace="retail"} 0+60x80
		 cx_program_sending{namespace="retail", status="False", reason="PausedByHand"} 1x80
		 cx_outbox_oldest_seconds{namespace="bank"} 60x80
		 cx_program_sending{namespace="bank", status="True", reason="SendingOn"} 1x80`,
	},
	{
		"CxMailRefused", 80,
		`cx_mail_attempts_total{result="Later"} 0+3x120
		 cx_mail_attempts_total{result="Accepted"} 0+7x120`,
		`cx_mail_attempts_total{result="Later"} 0+1x120
		 cx_mail_attempts_total{result="Bounced"} 0+4x120
		 cx_mail_attempts_total{result="Accepted"} 0+7x120`,
	},
	{
		"CxMailBounces", 370,
		`cx_mail_attempts_total{result="Bounced"} 0+1x400
		 cx_mail_attempts_total{result="Accepted"} 0+9x400`,
		`cx_mail_attempts_total{result="Bounced"} 0+1x400
		 cx_mail_attempts_total{result="Accepted"} 0+99x400`,
	},
	{
		"CxMailAmbiguous", 40,
		`cx_mail_attempts_total{result="Ambiguous"} 0x30 1x60`,
		`cx_mail_attempts_total{result="Ambiguous"} 7x60
		 cx_mail_attempts_total{result="Later"} 0+1x60`,
	},
	{
		"CxStoreRestored", 1,
		`cx_program_sending{namespace="retail", status="False", reason="StoreRestored"} 1x5`,
		`cx_program_sending{namespace="retail", status="False", reason="SendingOff"} 1x5`,
	},
	{
		"CxChannelBroken", 20,
		`cx_program_sending{namespace="retail", status="True", reason="SomeChannelsNotUsable"} 1x30`,
		`cx_program_sending{namespace="retail", status="False", reason="SendingOff"} 1x30`,
	},
	{
		"CxNoticesStuck", 130,
		`cx_owners_untold{namespace="retail", reason="MailWaits"} 1x60 0x90
		 cx_owners_untold{namespace="retail", reason="Refused"} 0x60 1x90`,
		`cx_owners_untold{namespace="retail", reason="DigestWaits"} 3x150
		 cx_owners_untold{namespace="retail", reason="Suspended"} 3x150
		 cx_owners_untold{namespace="bank", reason="MailWaits"} 1x60 0x90`,
	},
	{
		"CxWaveNotCreated", 20,
		`cx_survey_next_wave_timestamp_seconds{namespace="retail", survey="nps"} 0x30`,
		`cx_survey_next_wave_timestamp_seconds{namespace="retail", survey="nps"} 0x8 3600x30`,
	},
	{
		"CxWavesLate", 70,
		`cx_wave_creation_skew_seconds_bucket{le="60"} 0x90
		 cx_wave_creation_skew_seconds_bucket{le="300"} 0+1x90
		 cx_wave_creation_skew_seconds_bucket{le="+Inf"} 0+1x90`,
		`cx_wave_creation_skew_seconds_bucket{le="1"} 0+1x90
		 cx_wave_creation_skew_seconds_bucket{le="+Inf"} 0+1x90`,
	},
	{
		"CxWavesMissed", 65,
		`cx_conditions{kind="Survey", namespace="retail", type="OnSchedule", status="False"} 1x70`,
		`cx_conditions{kind="Survey", namespace="retail", type="OnSchedule", status="False"} 1x30 0x40
		 cx_conditions{kind="Goal", namespace="retail", type="OnSchedule", status="False"} 1x70`,
	},
	{
		"CxWaveAwaitsApproval", 250,
		`cx_waves{namespace="retail", phase="AwaitingApproval"} 1x260`,
		`cx_waves{namespace="retail", phase="AwaitingApproval"} 1x200 0x60`,
	},
	{
		"CxProgramNotReady", 20,
		`cx_condition_longest_seconds{kind="Program", namespace="retail", type="Ready", status="False"} 0+60x30`,
		`cx_condition_longest_seconds{kind="Program", namespace="retail", type="Ready", status="False"} 0+30x30
		 cx_condition_longest_seconds{kind="Goal", namespace="retail", type="Ready", status="False"} 0+60x30`,
	},
	{
		"CxObjectStalled", 65,
		`cx_condition_longest_seconds{kind="Goal", namespace="retail", type="Stalled", status="True"} 0+60x70`,
		`cx_condition_longest_seconds{kind="Goal", namespace="retail", type="Stalled", status="True"} 0+50x70`,
	},
	{
		"CxStageLost", 1520,
		`cx_program_stage{namespace="retail", basis="reached"} 3x1450 2x100`,
		`cx_program_stage{namespace="retail", basis="reached"} 2x1450 3x100
		 cx_program_stage{namespace="retail", basis="observed"} 3x1450 2x100`,
	},
	{
		"CxFollowUpsOverdue", 65,
		`cx_followups_overdue{namespace="retail"} 2x70`,
		`cx_followups_overdue{namespace="retail"} 2x30 0x40`,
	},
	{
		"CxOwnersSilent", 65,
		`cx_assignments_waiting_longest_seconds{namespace="retail"} 1300000x70`,
		`cx_assignments_waiting_longest_seconds{namespace="retail"} 1200000x70`,
	},
	{
		"CxKPIStale", 1445,
		`cx_conditions{kind="KPI", namespace="retail", type="Fresh", status="False"} 1x1450`,
		`cx_conditions{kind="KPI", namespace="retail", type="Fresh", status="False"} 1x1000 0x450
		 cx_conditions{kind="Assessment", namespace="retail", type="Fresh", status="False"} 1x1450`,
	},
	{
		"CxSendingPaused", 1445,
		`cx_program_sending{namespace="retail", status="False", reason="PausedByHand"} 1x1450`,
		`cx_program_sending{namespace="retail", status="False", reason="SendingOff"} 1x1450`,
	},
}
