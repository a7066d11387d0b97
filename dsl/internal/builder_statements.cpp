#include "dsl/internal/builder_statements.h"

namespace pawl::dsl {

void build_block(Builder& b, Parts& parts) {
    Block block;
    block.reserve(parts.all().size());
    for (const Part& part : parts.all()) block.push_back(std::get<StatementIndex>(part.value));
    b.push(parts.span(), std::move(block));
}

void build_let(Builder& b, Parts& parts) {
    LetStatement let;
    let.name = parts.name(Tag::name);
    if (parts.has_one<CreateForm>(Tag::value)) {
        let.value = parts.one<CreateForm>(Tag::value);
    } else if (parts.has_one<FindOrCreateForm>(Tag::value)) {
        let.value = parts.one<FindOrCreateForm>(Tag::value);
    } else if (parts.has_one<CallForm>(Tag::value)) {
        let.value = parts.one<CallForm>(Tag::value);
    } else if (parts.has_one<RunForm>(Tag::value)) {
        let.value = parts.one<RunForm>(Tag::value);
    } else {
        let.value = parts.value(Tag::value);
    }
    b.push_statement(parts.span(), std::move(let));
}

void build_set_item(Builder& b, Parts& parts) {
    b.push(parts.span(), SetItem{parts.value(Tag::target), parts.value(Tag::value)}, Tag::target);
}

void build_set(Builder& b, Parts& parts) {
    b.push_statement(parts.span(),
                     SetStatement{parts.every<SetItem>(Tag::target), parts.value(Tag::because)});
}

void build_clear(Builder& b, Parts& parts) {
    b.push_statement(parts.span(),
                     ClearStatement{parts.values(Tag::target), parts.value(Tag::because)});
}

void push_add(Builder& b, Parts& parts, bool remove) {
    b.push_statement(parts.span(),
                     AddStatement{remove, parts.value(Tag::value), parts.value(Tag::target)});
}

void build_create_form(Builder& b, Parts& parts) {
    b.push(parts.span(), CreateForm{parts.name(Tag::entity), parts.fields(Tag::with)});
}

void build_find_form(Builder& b, Parts& parts) {
    b.push(parts.span(), FindOrCreateForm{parts.name(Tag::entity), parts.fields(Tag::by),
                                          parts.fields(Tag::with)});
}

void build_call_form(Builder& b, Parts& parts) {
    b.push(parts.span(), CallForm{parts.name(Tag::action), parts.every<Argument>(Tag::arguments),
                                  parts.value(Tag::as)});
}

void push_run_form(Builder& b, Parts& parts, bool start) {
    b.push(parts.span(),
           RunForm{parts.name(Tag::action), parts.every<Argument>(Tag::arguments), start});
}

void build_form_statement(Builder& b, Parts& parts) {
    const Span span = parts.span();
    if (parts.has_one<CreateForm>(Tag::none)) {
        b.push_statement(span, CreateStatement{parts.one<CreateForm>(Tag::none)});
    } else if (parts.has_one<FindOrCreateForm>(Tag::none)) {
        b.push_statement(span, FindOrCreateStatement{parts.one<FindOrCreateForm>(Tag::none)});
    } else if (parts.has_one<CallForm>(Tag::none)) {
        b.push_statement(span, CallStatement{parts.one<CallForm>(Tag::none)});
    } else {
        PAWL_CHECK(parts.has_one<RunForm>(Tag::none));
        b.push_statement(span, RunStatement{parts.one<RunForm>(Tag::none)});
    }
}

void build_delete(Builder& b, Parts& parts) {
    b.push_statement(parts.span(), DeleteStatement{parts.value(Tag::target)});
}

void build_emit(Builder& b, Parts& parts) {
    b.push_statement(parts.span(), EmitStatement{parts.name(Tag::name), parts.fields(Tag::with)});
}

void build_send(Builder& b, Parts& parts) {
    SendStatement send;
    send.channel = parts.name(Tag::channel);
    send.template_name = parts.name(Tag::template_);
    send.to = parts.value(Tag::to);
    send.arguments = parts.fields(Tag::with);
    send.attachments = parts.values(Tag::file);
    b.push_statement(parts.span(), std::move(send));
}

void build_notify(Builder& b, Parts& parts) {
    b.push_statement(parts.span(), NotifyStatement{parts.value(Tag::to), parts.name(Tag::of),
                                                   parts.fields(Tag::with)});
}

void build_alert(Builder& b, Parts& parts) {
    b.push_statement(parts.span(), AlertStatement{parts.value(Tag::to), parts.value(Tag::value)});
}

void build_log(Builder& b, Parts& parts) {
    b.push_statement(parts.span(), LogStatement{parts.value(Tag::value)});
}

void build_wait(Builder& b, Parts& parts) {
    b.push_statement(parts.span(), WaitStatement{parts.has(Tag::until), parts.value(Tag::value)});
}

void build_wait_for(Builder& b, Parts& parts) {
    WaitForStatement wait;
    wait.event = parts.name(Tag::name);
    wait.as = parts.name(Tag::as);
    wait.where = parts.value(Tag::where);
    wait.up_to = parts.value(Tag::up_to);
    wait.branches = parts.every<Branch>(Tag::none);
    b.push_statement(parts.span(), std::move(wait));
}

void build_ask(Builder& b, Parts& parts) {
    AskStatement ask;
    ask.who = parts.value(Tag::to);
    ask.question = parts.value(Tag::value);
    ask.up_to = parts.value(Tag::up_to);
    ask.branches = parts.every<Branch>(Tag::none);
    b.push_statement(parts.span(), std::move(ask));
}

void build_branch(Builder& b, Parts& parts) {
    Branch branch{parts.name(Tag::name), parts.name(Tag::as), parts.block(Tag::none), parts.span()};
    b.push(parts.span(), std::move(branch));
}

void build_cancel(Builder& b, Parts& parts) {
    b.push_statement(parts.span(),
                     CancelRunsStatement{parts.name(Tag::name), parts.value(Tag::of)});
}

JourneyStatement journey_statement(Parts& parts, JourneyVerb verb) {
    JourneyStatement journey;
    journey.verb = verb;
    journey.journey = parts.name(Tag::name);
    journey.step = parts.name(Tag::step);
    for (const Argument& argument : parts.every<Argument>(Tag::arguments))
        journey.step_arguments.push_back(argument.value);
    journey.of = parts.value(Tag::of);
    journey.by_or_until = parts.value(Tag::until);
    return journey;
}

void push_journey(Builder& b, Parts& parts, JourneyVerb verb) {
    b.push_statement(parts.span(), journey_statement(parts, verb));
}

void build_for_each(Builder& b, Parts& parts) {
    b.push_statement(parts.span(),
                     ForEachStatement{parts.name(Tag::variable), parts.value(Tag::source),
                                      parts.block(Tag::none)});
}

void build_next(Builder& b, Parts& parts) { b.push_statement(parts.span(), NextStatement{}); }

void build_conditional(Builder& b, Parts& parts) {
    b.push(parts.span(), ConditionalBranch{parts.value(Tag::value), parts.block(Tag::none)});
}

void build_if(Builder& b, Parts& parts) {
    IfStatement form;
    form.branches = parts.every<ConditionalBranch>(Tag::none);
    if (parts.has(Tag::otherwise)) form.otherwise = parts.block(Tag::otherwise);
    b.push_statement(parts.span(), std::move(form));
}

void build_try(Builder& b, Parts& parts) {
    TryStatement form;
    form.body = parts.block(Tag::body);
    form.error = parts.name(Tag::as);
    form.on_failure = parts.block(Tag::fail);
    b.push_statement(parts.span(), std::move(form));
}

void build_retry(Builder& b, Parts& parts) {
    b.push(parts.span(),
           RetryClause{parts.value(Tag::times), parts.value(Tag::first), parts.value(Tag::limit)});
}

void build_retry_statement(Builder& b, Parts& parts) {
    b.push_statement(parts.span(), parts.one<RetryClause>(Tag::none));
}

void build_stop(Builder& b, Parts& parts) {
    b.push_statement(parts.span(), StopStatement{parts.has(Tag::forget)});
}

void build_return(Builder& b, Parts& parts) {
    b.push_statement(parts.span(), ReturnStatement{parts.value(Tag::value)});
}

}  // namespace pawl::dsl
