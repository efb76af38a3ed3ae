// Command pulumi-resource-alicloud is the Alibaba Cloud provider reduced to what flowvigil creates.
//
// It is the Terraform provider behind Pulumi's bridge, as in the official plug-in of the same version.
// With -schema it prints its resources as JSON and ends.
package main

import (
	"encoding/json"
	"os"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
)

func main() {
	info := provider()
	if len(os.Args) == 2 && (os.Args[1] == "-schema" || os.Args[1] == "--schema") {
		encoder := json.NewEncoder(os.Stdout)
		encoder.SetIndent("", " ")
		if err := encoder.Encode(dump(info)); err != nil {
			os.Exit(1)
		}
		return
	}
	tfbridge.Main("alicloud", version, info, []byte(`{"name":"alicloud","version":"`+version+`"}`))
}
