"""All rules, one file each."""

from lucid.check.rule import Rule
from lucid.check.rules import (
    luc001_syntax_error,
    luc002_no_model,
    luc003_entry_point,
    luc004_unknown_noqa,
    luc005_unused_noqa,
    luc006_no_session_cls,
    luc102_duplicate_input,
    luc103_unannotated_parameter,
    luc106_binding_signature,
    luc109_key_code,
    luc110_shared_key,
    luc201_no_outputs,
    luc202_undeclared_output,
    luc302_not_awaited,
    luc303_run_never_awaits,
    luc901_open_question,
)

RULES: tuple[Rule, ...] = (
    luc001_syntax_error.RULE,
    luc002_no_model.RULE,
    luc003_entry_point.RULE,
    luc004_unknown_noqa.RULE,
    luc005_unused_noqa.RULE,
    luc006_no_session_cls.RULE,
    luc102_duplicate_input.RULE,
    luc103_unannotated_parameter.RULE,
    luc106_binding_signature.RULE,
    luc109_key_code.RULE,
    luc110_shared_key.RULE,
    luc201_no_outputs.RULE,
    luc202_undeclared_output.RULE,
    luc302_not_awaited.RULE,
    luc303_run_never_awaits.RULE,
    luc901_open_question.RULE,
)
