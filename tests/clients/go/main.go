// Asks MSAL Go twice for an app-only token and prints one line of JSON about it, never the token.
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	msal "github.com/AzureAD/microsoft-authentication-library-for-go/apps/errors"
)

type acquisition struct {
	Outcome string          `json:"outcome"`
	Length  int             `json:"length"`
	Claims  json.RawMessage `json:"claims"`
	Cached  bool            `json:"cached"`
}

type refusal struct {
	Outcome string `json:"outcome"`
	Error   string `json:"error"`
	Code    *int   `json:"code"`
}

func main() {
	line, err := json.Marshal(acquireTwice())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(string(line))
}

func acquireTwice() any {
	ctx, scopes := context.Background(), []string{os.Getenv("SCOPE")}
	client, err := newClient()
	if err != nil {
		return refused(err)
	}
	first, err := client.AcquireTokenByCredential(ctx, scopes)
	if err != nil {
		return refused(err)
	}
	second, err := client.AcquireTokenByCredential(ctx, scopes)
	if err != nil {
		return refused(err)
	}
	fromCache := second.Metadata.TokenSource == confidential.TokenSourceCache
	cached := fromCache && second.AccessToken == first.AccessToken
	return acquisition{"token", len(first.AccessToken), claimsOf(first.AccessToken), cached}
}

func newClient() (confidential.Client, error) {
	credential, err := newCredential()
	if err != nil {
		return confidential.Client{}, err
	}
	discovery := os.Getenv("INSTANCE_DISCOVERY") != "off"
	option := confidential.WithInstanceDiscovery(discovery)
	return confidential.New(os.Getenv("AUTHORITY"), os.Getenv("CLIENT_ID"), credential, option)
}

func newCredential() (confidential.Credential, error) {
	if secret, found := os.LookupEnv("CLIENT_SECRET"); found {
		return confidential.NewCredFromSecret(secret)
	}
	if assertion, found := os.LookupEnv("CLIENT_ASSERTION"); found {
		give := func(context.Context, confidential.AssertionRequestOptions) (string, error) { return assertion, nil }
		return confidential.NewCredFromAssertionCallback(give), nil
	}
	certificates, key, err := confidential.CertFromPEM([]byte(os.Getenv("CLIENT_CERTIFICATE")), "")
	if err != nil {
		return confidential.Credential{}, err
	}
	return confidential.NewCredFromCert(certificates, key)
}

func claimsOf(token string) json.RawMessage {
	claims, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "the access token is no JWT")
		os.Exit(1)
	}
	return claims
}

// refused takes the token endpoint's own words where there are any; what MSAL Go finds out by itself has no code.
func refused(err error) refusal {
	var call msal.CallErr
	if !errors.As(err, &call) {
		return refusal{"refused", kindOf(err), nil}
	}
	text := call.Verbose()
	word := regexp.MustCompile(`"error":\s*"(\w+)"`).FindStringSubmatch(text)
	digits := regexp.MustCompile(`AADSTS(\d+)`).FindStringSubmatch(text)
	if word == nil || digits == nil {
		return refusal{"refused", kindOf(err), nil}
	}
	code, _ := strconv.Atoi(digits[1])
	return refusal{"refused", word[1], &code}
}

var kinds = map[string]string{
	"does not match authority": "issuer does not match authority",
	"authority must be an URL": "authority without a tenant",
}

func kindOf(err error) string {
	for text, kind := range kinds {
		if strings.Contains(err.Error(), text) {
			return kind
		}
	}
	return "unknown"
}
