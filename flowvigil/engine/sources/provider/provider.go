package main

import (
	"strings"

	"github.com/aliyun/terraform-provider-alicloud/alicloud"
	"github.com/hashicorp/terraform-plugin-sdk/helper/schema"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v1"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

var version = "3.105.0"

// kept names the Pulumi type of every Terraform resource that stays in.
var kept = map[string]string{
	"alicloud_cloud_monitor_service_metric_alarm_rule": "cloudmonitor/ServiceMetricAlarmRule",
	"alicloud_cms_alarm":                  "cms/Alarm",
	"alicloud_cms_alarm_contact":          "cms/AlarmContact",
	"alicloud_cms_alarm_contact_group":    "cms/AlarmContactGroup",
	"alicloud_cms_group_metric_rule":      "cms/GroupMetricRule",
	"alicloud_cms_metric_rule_template":   "cms/MetricRuleTemplate",
	"alicloud_cms_monitor_group":          "cms/MonitorGroup",
	"alicloud_log_alert":                  "log/Alert",
	"alicloud_log_alert_resource":         "log/AlertResource",
	"alicloud_log_dashboard":              "log/Dashboard",
	"alicloud_log_project":                "log/Project",
	"alicloud_log_resource":               "log/Resource",
	"alicloud_log_resource_record":        "log/ResourceRecord",
	"alicloud_log_store":                  "log/Store",
	"alicloud_log_store_index":            "log/StoreIndex",
	"alicloud_ram_policy":                 "ram/Policy",
	"alicloud_ram_role":                   "ram/Role",
	"alicloud_ram_role_policy_attachment": "ram/RolePolicyAttachment",
	"alicloud_sls_alert":                  "sls/Alert",
}

func provider() tfbridge.ProviderInfo {
	terraform := alicloud.Provider().(*schema.Provider)
	resources := map[string]*schema.Resource{}
	infos := map[string]*tfbridge.ResourceInfo{}
	for name, pulumiType := range kept {
		resource, found := terraform.ResourcesMap[name]
		if !found {
			panic("the Terraform provider has no " + name)
		}
		resources[name] = resource
		infos[name] = &tfbridge.ResourceInfo{Tok: token(pulumiType)}
	}
	terraform.ResourcesMap = resources
	terraform.DataSourcesMap = map[string]*schema.Resource{}
	info := tfbridge.ProviderInfo{
		P:            shim.NewProvider(terraform),
		Name:         "alicloud",
		Version:      version,
		Resources:    infos,
		MetadataInfo: tfbridge.NewProviderMetadata([]byte("{}")),
	}
	info.SetAutonaming(255, "-")
	return info
}

// token turns "cms/AlarmContact" into "alicloud:cms/alarmContact:AlarmContact".
func token(pulumiType string) tokens.Type {
	module, name, _ := strings.Cut(pulumiType, "/")
	file := strings.ToLower(name[:1]) + name[1:]
	return tokens.Type("alicloud:" + module + "/" + file + ":" + name)
}
