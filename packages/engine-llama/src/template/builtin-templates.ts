/**
 * Jinja templates of our own that write the families' documented formats, for files without a template and for
 * `--chat-template NAME`. What a family has no role for is refused with `raise_exception`, as their own templates do: the
 * conversation is then put in another way.
 */

const chatml = `{%- for message in messages %}
{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<|im_start|>assistant\\n' }}
{%- endif %}`;

const qwen = `{%- set turns = messages %}
{%- set first = '' %}
{%- if messages and messages[0].role == 'system' %}
{%- set first = messages[0].content %}
{%- set turns = messages[1:] %}
{%- endif %}
{%- if tools %}
{{- '<|im_start|>system\\n' }}
{%- if first %}
{{- first + '\\n\\n' }}
{%- endif %}
{{- '# Tools\\n\\nYou may call one or more functions to assist with the user query.\\n\\n' }}
{{- 'You are provided with function signatures within <tools></tools> XML tags:\\n<tools>' }}
{%- for tool in tools %}
{{- '\\n' + (tool | tojson) }}
{%- endfor %}
{{- '\\n</tools>\\n\\nFor each function call, return a json object with function name and arguments within ' }}
{{- '<tool_call></tool_call> XML tags:\\n<tool_call>\\n{"name": <function-name>, "arguments": <args-json-object>}' }}
{{- '\\n</tool_call><|im_end|>\\n' }}
{%- elif first %}
{{- '<|im_start|>system\\n' + first + '<|im_end|>\\n' }}
{%- endif %}
{%- set seen = namespace(user=-1) %}
{%- for message in turns %}
{%- if message.role == 'user' %}{% set seen.user = loop.index0 %}{% endif %}
{%- endfor %}
{%- for message in turns %}
{%- if message.role == 'assistant' %}
{{- '<|im_start|>assistant\\n' }}
{%- if message.reasoning_content and loop.index0 > seen.user %}
{{- '<think>\\n' + message.reasoning_content + '\\n</think>\\n\\n' }}
{%- endif %}
{{- message.content }}
{%- for call in message.tool_calls or [] %}
{%- if message.content or not loop.first %}
{{- '\\n' }}
{%- endif %}
{{- '<tool_call>\\n{"name": ' + (call.function.name | tojson) + ', "arguments": ' + (call.function.arguments | tojson) + '}\\n</tool_call>' }}
{%- endfor %}
{{- '<|im_end|>\\n' }}
{%- elif message.role == 'tool' %}
{%- if loop.first or loop.previtem.role != 'tool' %}
{{- '<|im_start|>user' }}
{%- endif %}
{{- '\\n<tool_response>\\n' + message.content + '\\n</tool_response>' }}
{%- if loop.last or loop.nextitem.role != 'tool' %}
{{- '<|im_end|>\\n' }}
{%- endif %}
{%- else %}
{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<|im_start|>assistant\\n' }}
{%- if enable_thinking is defined and enable_thinking is false %}
{{- '<think>\\n\\n</think>\\n\\n' }}
{%- endif %}
{%- endif %}`;

const llama = `{{- bos_token }}
{%- set turns = messages %}
{%- set first = '' %}
{%- if messages and messages[0].role == 'system' %}
{%- set first = messages[0].content | trim %}
{%- set turns = messages[1:] %}
{%- endif %}
{%- if first or tools %}
{{- '<|start_header_id|>system<|end_header_id|>\\n\\n' }}
{%- if tools %}
{{- 'Environment: ipython\\n\\n' }}
{{- 'Given the following functions, please respond with a JSON for a function call with its proper arguments that best answers the given prompt.\\n\\n' }}
{{- 'Respond in the format {"name": function name, "parameters": dictionary of argument name and its value}. Do not use variables.\\n\\n' }}
{%- for tool in tools %}
{{- (tool | tojson(indent=4)) + '\\n\\n' }}
{%- endfor %}
{%- endif %}
{{- first + '<|eot_id|>' }}
{%- endif %}
{%- for message in turns %}
{%- if message.role == 'tool' %}
{{- '<|start_header_id|>ipython<|end_header_id|>\\n\\n' + (message.content | tojson) + '<|eot_id|>' }}
{%- elif message.tool_calls %}
{%- if message.tool_calls | length != 1 %}
{{- raise_exception('one call of a tool at a time') }}
{%- endif %}
{%- set call = message.tool_calls[0].function %}
{{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n{"name": ' + (call.name | tojson) + ', "parameters": ' + (call.arguments | tojson) + '}<|eot_id|>' }}
{%- else %}
{{- '<|start_header_id|>' + message.role + '<|end_header_id|>\\n\\n' + (message.content | trim) + '<|eot_id|>' }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}`;

const mistral = `{{- bos_token }}
{%- if tools %}
{{- '[AVAILABLE_TOOLS] ' + (tools | tojson) + '[/AVAILABLE_TOOLS]' }}
{%- endif %}
{%- set turn = namespace(role='assistant') %}
{%- for message in messages %}
{%- if message.role == 'user' %}
{%- if turn.role == 'user' %}
{{- raise_exception('user and assistant take turns') }}
{%- endif %}
{{- '[INST] ' + message.content + '[/INST]' }}
{%- set turn.role = 'user' %}
{%- elif message.role == 'assistant' %}
{%- if message.tool_calls %}
{{- '[TOOL_CALLS] [' }}
{%- for call in message.tool_calls %}
{%- if call.id | length != 9 %}
{{- raise_exception('ids of calls have nine characters') }}
{%- endif %}
{{- '{"name": ' + (call.function.name | tojson) + ', "arguments": ' + (call.function.arguments | tojson) + ', "id": "' + call.id + '"}' }}
{%- if not loop.last %}
{{- ', ' }}
{%- endif %}
{%- endfor %}
{{- ']' + eos_token }}
{%- else %}
{{- ' ' + message.content + eos_token }}
{%- endif %}
{%- set turn.role = 'assistant' %}
{%- elif message.role == 'tool' %}
{{- '[TOOL_RESULTS] {"content": ' + (message.content | tojson) + ', "call_id": "' + message.tool_call_id + '"}[/TOOL_RESULTS]' }}
{%- set turn.role = 'tool' %}
{%- else %}
{{- raise_exception('only user, assistant and tool') }}
{%- endif %}
{%- endfor %}`;

const gemma = `{{- bos_token }}
{%- for message in messages %}
{%- if message.role not in ['user', 'assistant'] %}
{{- raise_exception('only user and assistant') }}
{%- endif %}
{%- if (message.role == 'user') != (loop.index0 % 2 == 0) %}
{{- raise_exception('user and assistant take turns') }}
{%- endif %}
{{- '<start_of_turn>' + ('model' if message.role == 'assistant' else 'user') + '\\n' + (message.content | trim) + '<end_of_turn>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<start_of_turn>model\\n' }}
{%- endif %}`;

export const builtinTemplates: Readonly<Record<"chatml" | "qwen" | "llama" | "mistral" | "gemma", string>> = {
  chatml,
  qwen,
  llama,
  mistral,
  gemma,
};
