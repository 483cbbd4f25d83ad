// go get google.golang.org/genai
package main

import (
	"context"
	"fmt"
	"log"
	"os/exec"
	"strings"

	"google.golang.org/genai"
)

func main() {
	key, err := exec.Command(§get_words_plain§).Output()
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	client, err := genai.NewClient(ctx, &genai.ClientConfig{
		APIKey:  strings.TrimSpace(string(key)),
		Backend: genai.BackendGeminiAPI,
	})
	if err != nil {
		log.Fatal(err)
	}
	answer, err := client.Models.GenerateContent(ctx, "§model§", genai.Text("Hello!"), nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer.Text())
}
