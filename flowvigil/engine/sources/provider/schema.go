package main

import (
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
)

// field is one property as Pulumi programs see it, whatever their language.
type field struct {
	Terraform string           `json:"terraform"`
	Type      string           `json:"type"`
	Required  bool             `json:"required,omitempty"`
	Optional  bool             `json:"optional,omitempty"`
	Computed  bool             `json:"computed,omitempty"`
	Replaces  bool             `json:"replaceOnChange,omitempty"`
	Sensitive bool             `json:"secret,omitempty"`
	Removed   string           `json:"removed,omitempty"`
	Obsolete  string           `json:"deprecated,omitempty"`
	Element   *field           `json:"element,omitempty"`
	Fields    map[string]field `json:"fields,omitempty"`
}

type document struct {
	Version   string                      `json:"version"`
	Resources map[string]map[string]field `json:"resources"`
}

var typeNames = map[shim.ValueType]string{
	shim.TypeBool: "bool", shim.TypeInt: "int", shim.TypeFloat: "number", shim.TypeString: "string",
	shim.TypeList: "list", shim.TypeMap: "map", shim.TypeSet: "set",
}

func dump(info tfbridge.ProviderInfo) document {
	result := document{Version: info.Version, Resources: map[string]map[string]field{}}
	for name, resource := range info.Resources {
		properties := info.P.ResourcesMap().Get(name).Schema()
		result.Resources[string(resource.Tok)] = fields(properties, resource.Fields)
	}
	return result
}

func fields(properties shim.SchemaMap, overrides map[string]*tfbridge.SchemaInfo) map[string]field {
	result := map[string]field{}
	properties.Range(func(name string, property shim.Schema) bool {
		pulumiName := tfbridge.TerraformToPulumiNameV2(name, properties, overrides)
		described := describe(property, overrides[name])
		described.Terraform = name
		result[pulumiName] = described
		return true
	})
	return result
}

func describe(property shim.Schema, override *tfbridge.SchemaInfo) field {
	result := field{
		Type: typeNames[property.Type()], Required: property.Required(), Optional: property.Optional(),
		Computed: property.Computed(), Replaces: property.ForceNew(), Sensitive: property.Sensitive(),
		Removed: property.Removed(), Obsolete: property.Deprecated(),
	}
	if tfbridge.IsMaxItemsOne(property, override) {
		result.Type = "object"
	}
	var elementOverride *tfbridge.SchemaInfo
	if override != nil {
		elementOverride = override.Elem
	}
	switch element := property.Elem().(type) {
	case shim.Schema:
		described := describe(element, elementOverride)
		result.Element = &described
	case shim.Resource:
		var nested map[string]*tfbridge.SchemaInfo
		if elementOverride != nil {
			nested = elementOverride.Fields
		}
		result.Fields = fields(element.Schema(), nested)
	}
	return result
}
