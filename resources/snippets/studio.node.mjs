// npm install @google/genai
import { execFileSync } from "node:child_process";
import { GoogleGenAI } from "@google/genai";

const apiKey = execFileSync(§get_words§, { encoding: "utf8" }).trim();
const client = new GoogleGenAI({ apiKey§own_node§ });
const answer = await client.models.generateContent({ model: "§model§", contents: "Hello!" });
console.log(answer.text);
