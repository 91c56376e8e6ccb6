import type { ChatEvent, ChatRequest } from "@weir/protocol";

export function createPlainFormat() {
  return {
    stopTexts: [] as readonly string[],
    render(request: ChatRequest): { pieces: readonly { text: string; special: boolean }[] } {
      const pieces: { text: string; special: boolean }[] = [];
      for (const message of request.messages) {
        pieces.push({ text: `<|im_start|>${message.role}\n`, special: true });
        const text =
          message.role === "user"
            ? message.parts.map((p) => (p.kind === "text" ? p.text : "")).join("")
            : message.text;
        pieces.push({ text, special: false }, { text: "<|im_end|>\n", special: true });
      }
      pieces.push({ text: "<|im_start|>assistant\n", special: true });
      return { pieces };
    },
    compileGrammar: (_: ChatRequest): string | undefined => undefined,
    createParser: (_: ChatRequest) => ({
      push: (text: string): readonly ChatEvent[] => [{ kind: "text", text }],
      end: (): readonly ChatEvent[] => [],
    }),
  };
}
