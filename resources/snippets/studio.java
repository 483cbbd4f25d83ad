// Maven: com.google.genai:google-genai
import com.google.genai.Client;

public class Hello {
    public static void main(String[] args) throws Exception {
        Process get = new ProcessBuilder(§get_words_plain§).start();
        String key = new String(get.getInputStream().readAllBytes()).strip();
        try (Client client = Client.builder().apiKey(key).build()) {
            System.out.println(client.models.generateContent("§model§", "Hello!", null).text());
        }
    }
}
