// npm install @google/genai
import { execFileSync } from "node:child_process";
import { GoogleGenAI } from "@google/genai";

const credentials = JSON.parse(execFileSync(§get_words§, { encoding: "utf8" }));
const client = new GoogleGenAI({
  vertexai: true,
  project: "§project§",
  location: "§location§",
  googleAuthOptions: { credentials },§own_node_line§
});
const answer = await client.models.generateContent({ model: "§model§", contents: "Hello!" });
console.log(answer.text);
