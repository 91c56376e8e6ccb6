"""Renders conversations with transformers' own code: a JSON list of {template, messages, tools, bos, eos} on standard input,
a list of {text} or {error} on standard output."""

import json
import sys

from transformers.utils.chat_template_utils import render_jinja_template


def render(case):
    try:
        texts, _ = render_jinja_template(
            conversations=[case["messages"]],
            tools=case["tools"] or None,
            chat_template=case["template"],
            add_generation_prompt=True,
            bos_token=case["bos"],
            eos_token=case["eos"],
        )
        return {"text": texts[0]}
    except Exception as error:  # a template that refuses is an answer, too
        return {"error": str(error)}


json.dump([render(case) for case in json.load(sys.stdin)], sys.stdout)
