// Package client stands in for the OSS gateway, which flowvigil never calls and which module proxies do not carry.
package client

import (
	"errors"

	spi "github.com/alibabacloud-go/alibabacloud-gateway-spi/client"
)

// Client satisfies the gateway's type.
type Client struct{ spi.Client }

// NewClient always fails: object storage is not part of this build.
func NewClient() (*Client, error) {
	return nil, errors.New("object storage is not part of flowvigil's build of the alicloud provider")
}
