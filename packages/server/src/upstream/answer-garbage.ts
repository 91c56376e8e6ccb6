/** What came is no answer. The message is half a sentence about the server. */
export class AnswerGarbage extends Error {}
