#include "engine/internal/messages.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "engine/internal/guards.h"

namespace pawl::engine {

using rules::Failure;
using rules::Kind;
using rules::Reference;
using rules::Value;

namespace {

constexpr std::string_view dashboard = "dashboard";

std::string text_of(const Value& value) {
    return value.is_missing() ? std::string() : std::string(value.as_text());
}

}  // namespace

bool has_admins(const rules::Program& program) {
    const auto& groups = program.groups;
    return std::find(groups.begin(), groups.end(), "admins") != groups.end() ||
           program.schema.find_group("admins") != nullptr;
}

Messenger::Messenger(Advance& advance) : advance_(advance), context_(advance.context()) {}

// ---- Recipients -------------------------------------------------------------------------------

std::vector<Recipient> Messenger::recipients(const Value& value) {
    std::vector<Recipient> all;
    add_recipients(value, all);
    // Somebody who is named twice, as a person and in a group, is told once.
    std::vector<Recipient> once;
    std::set<std::string> names;
    for (Recipient& recipient : all)
        if (names.insert(recipient.name).second) once.push_back(std::move(recipient));
    return once;
}

void Messenger::add_recipients(const Value& value, std::vector<Recipient>& out) {
    switch (value.kind()) {
        case Kind::reference: {
            const auto person = advance_.layer().get(value.as_reference());
            if (person != nullptr) out.push_back({value.as_reference(), {}, {}, id_of(person)});
            return;
        }
        case Kind::group: return add_group(value.as_text(), out);
        case Kind::text: {
            std::string address(value.as_text());
            out.push_back({std::nullopt, address, {}, address});
            return;
        }
        case Kind::list:
            for (const Value& item : value.as_list()) add_recipients(item, out);
            return;
        default: return;  // missing: nobody
    }
}

void Messenger::add_group(std::string_view group, std::vector<Recipient>& out) {
    const rules::People& people = context_.program.schema.people;
    const rules::Role* role = context_.program.schema.find_group(group);
    if (!people.entity || !people.role || role == nullptr) {
        out.push_back({std::nullopt, {}, std::string(group), std::string(group)});
        return;
    }
    rules::ScanRequest request;
    request.entity = *people.entity;
    request.access = rules::Access::equal;
    request.field = *people.role;
    request.low = Value::choice(role->name);
    const auto cursor = advance_.layer().scan(request);
    while (const auto key = cursor->next()) {
        const Reference reference{*people.entity, *key};
        const auto person = advance_.layer().get(reference);
        const Value& has = person->fields[*people.role];
        if (!has.is_missing() && has.as_text() == role->name)
            out.push_back({reference, {}, {}, id_of(person)});
    }
}

std::optional<std::string> Messenger::address(const Recipient& recipient,
                                              std::string_view channel) {
    if (channel == dashboard) {
        if (recipient.address.empty()) return recipient.name;
        return std::nullopt;
    }
    const rules::People& people = context_.program.schema.people;
    const bool is_email = channel == "email";
    if (!recipient.address.empty()) {
        const bool looks_like_email = recipient.address.find('@') != std::string::npos;
        if (looks_like_email != is_email) return std::nullopt;
        return recipient.address;
    }
    if (!recipient.person) return std::nullopt;
    std::optional<rules::FieldIndex> field;
    if (is_email) field = people.email;
    if (channel == "whatsapp") field = people.whatsapp;
    if (channel == "sms" || channel == "phone") field = people.phone;
    if (!field) return std::nullopt;
    const auto person = advance_.layer().get(*recipient.person);
    // A recipient may be a record of another entity only where the checker let it: then it has no
    // address.
    if (person == nullptr || recipient.person->entity != people.entity) return std::nullopt;
    const std::string text = text_of(person->fields[*field]);
    if (text.empty()) return std::nullopt;
    return text;
}

// ---- Texts ------------------------------------------------------------------------------------

std::optional<Failure> Messenger::evaluate(rules::UnitIndex unit, std::uint32_t entry,
                                           const std::vector<Value>& arguments, Value& value) {
    std::vector<Value> locals = arguments;
    locals.resize(context_.program.units[unit].local_count);
    rules::Outcome outcome =
        context_.evaluator.evaluate(unit, entry, locals, static_cast<rules::Host&>(advance_),
                                    advance_.moment(), advance_.budget());
    if (outcome.failure) return std::move(outcome.failure);
    value = std::move(outcome.value);
    return std::nullopt;
}

std::optional<Failure> Messenger::render_template(std::uint32_t template_index,
                                                  const std::vector<Value>& arguments,
                                                  Message& message) {
    const rules::Template& of = context_.program.templates[template_index];
    message.template_name = of.name;
    for (const auto& [part, entry] : of.parts) {
        Value text;
        if (auto failure = evaluate(of.unit, entry, arguments, text)) return failure;
        if (part == "subject") message.subject = text_of(text);
        if (part == "body") message.body = text_of(text);
    }
    return std::nullopt;
}

std::optional<Failure> Messenger::render(const rules::Notification& notification,
                                         const rules::NotificationChannel& channel,
                                         const std::vector<Value>& arguments, Message& message) {
    message.channel = channel.channel;
    Value value;
    if (auto failure = evaluate(notification.unit, channel.entry, arguments, value)) return failure;
    if (!channel.template_index) {
        message.body = text_of(value);
        return std::nullopt;
    }
    // The template's arguments, as one list.
    return render_template(*channel.template_index, value.as_list(), message);
}

// ---- Sending ----------------------------------------------------------------------------------

namespace {

Json json_text(std::string_view text) {
    Json json;
    json.kind = JsonKind::string;
    json.text = text;
    return json;
}

Json payload(std::string_view subject, std::string_view body,
             const std::optional<rules::RetryPlan>& retry = std::nullopt) {
    Json json;
    json.kind = JsonKind::object;
    if (!subject.empty()) json.members.emplace_back("subject", json_text(subject));
    json.members.emplace_back("body", json_text(body));
    if (!retry) return json;
    Json plan;
    plan.kind = JsonKind::object;
    plan.members.emplace_back("times",
                              Json{JsonKind::number, false, std::to_string(retry->times), {}, {}});
    plan.members.emplace_back("first", json_text(format_duration(retry->first)));
    plan.members.emplace_back("limit", json_text(format_duration(retry->limit)));
    json.members.emplace_back("retry", std::move(plan));
    return json;
}

}  // namespace

void Messenger::spend() {
    if (advance_.turn() == nullptr || !advance_.rule()) return;
    Guards(*advance_.turn()).spend(advance_, *advance_.rule());
}

const rules::Channel* Messenger::find_channel(std::string_view name) const {
    for (const rules::Channel& channel : context_.program.channels)
        if (channel.name == name) return &channel;
    return nullptr;
}

Messenger::Delivery Messenger::deliver(const Recipient& recipient, const Message& message) {
    const auto to = address(recipient, message.channel);
    const std::string status = to ? "waiting" : "undeliverable";
    advance_.next_intent();
    Sent told;
    told.channel = message.channel;
    told.template_name = message.template_name;
    told.to = to.value_or(recipient.name);
    told.subject = message.subject;
    told.body = message.body;
    if (recipient.person)
        told.recipient =
            context_.schema.entity_name(recipient.person->entity) + "/" + recipient.name;
    else
        told.recipient = recipient.group;
    told.status = status;
    advance_.rows().effect(advance_.owner(),
                           {message.channel, message.template_name, told.to, status,
                            payload(told.subject, told.body, message.retry)});
    advance_.rows().action(
        advance_.owner(),
        "sent " + message.channel + " " + message.template_name + " to " + recipient.name,
        to ? ActionStatus::success : ActionStatus::failed,
        to ? "" : "no address on " + message.channel);
    advance_.tell(std::move(told));
    return to ? Delivery::queued : Delivery::undeliverable;
}

void Messenger::put_on_dashboard(const Recipient& recipient, const Message& message,
                                 const std::string& notification) {
    Notified told;
    told.user = recipient.name;
    told.text = message.body;
    told.title = message.subject.empty() ? message.body : message.subject;
    told.notification = notification;
    advance_.rows().notification(told.user, told.title, dashboard);
    advance_.rows().action(advance_.owner(), "notified " + told.user + " of " + notification,
                           ActionStatus::success);
    advance_.tell(std::move(told));
}

std::optional<Failure> Messenger::send(std::uint32_t template_index, const Value& recipient,
                                       std::vector<Value> arguments,
                                       const std::optional<rules::RetryPlan>& retry) {
    Message message;
    message.retry = retry;
    message.channel = context_.program.templates[template_index].channel;
    if (auto failure = render_template(template_index, arguments, message)) return failure;
    const std::vector<Recipient> all = recipients(recipient);
    if (all.empty())
        advance_.rows().action(advance_.owner(),
                               "sent " + message.channel + " " + message.template_name,
                               ActionStatus::skipped, "there is nobody to send it to");
    for (const Recipient& each : all) {
        spend();
        if (message.channel == dashboard && each.address.empty())
            put_on_dashboard(each, message, message.template_name);
        else
            deliver(each, message);
    }
    return std::nullopt;
}

std::optional<Failure> Messenger::notify(std::uint32_t notification_index, const Value& recipient,
                                         std::vector<Value> arguments) {
    const rules::Notification& notification = context_.program.notifications[notification_index];
    std::vector<Message> messages;
    for (const rules::NotificationChannel& channel : notification.channels) {
        Message message;
        if (auto failure = render(notification, channel, arguments, message)) return failure;
        // A text of the notification's own goes by the notification's name.
        if (message.template_name.empty()) message.template_name = notification.name;
        messages.push_back(std::move(message));
    }
    const std::vector<Recipient> all = recipients(recipient);
    if (all.empty()) {
        advance_.rows().action(advance_.owner(), "notified of " + notification.name,
                               ActionStatus::skipped, "there is nobody to notify");
        if (notification.critical)
            alert(Value::group("admins"), "`" + notification.name + "` had nobody to go to");
    }
    for (const Recipient& each : all) {
        spend();
        if (notify_one(each, messages, notification.name) || !notification.critical) continue;
        alert(Value::group("admins"),
              "`" + notification.name + "` reached " + each.name + " on no channel");
    }
    return std::nullopt;
}

// True when a channel reached them. A channel without an address has failed for good, and its
// fallback stands in for it, unless the matrix names that channel too.
bool Messenger::notify_one(const Recipient& recipient, const std::vector<Message>& messages,
                           const std::string& notification) {
    bool is_reached = false;
    std::set<std::string> used;
    for (const Message& message : messages) used.insert(message.channel);
    for (const Message& message : messages) {
        if (message.channel == dashboard) {
            if (!address(recipient, dashboard)) continue;
            put_on_dashboard(recipient, message, notification);
            is_reached = true;
            continue;
        }
        if (deliver(recipient, message) == Delivery::queued) {
            is_reached = true;
            continue;
        }
        Message fallback = message;
        for (;;) {
            const rules::Channel* channel = find_channel(fallback.channel);
            if (channel == nullptr || channel->fall_back_to.empty() ||
                !used.insert(channel->fall_back_to).second)
                break;
            fallback.channel = channel->fall_back_to;
            if (fallback.channel == dashboard) {
                if (!address(recipient, dashboard)) break;
                put_on_dashboard(recipient, fallback, notification);
                is_reached = true;
                break;
            }
            if (deliver(recipient, fallback) == Delivery::queued) {
                is_reached = true;
                break;
            }
        }
    }
    return is_reached;
}

// ---- Alerts -----------------------------------------------------------------------------------

void Messenger::alert(const Value& recipient, std::string text) {
    const std::size_t count = recipients(recipient).size();
    for (std::size_t i = 0; i < count; ++i) spend();
    record_alert(recipient, text);
    std::string to = names(recipient);
    advance_.rows().action(advance_.owner(), "alerted " + to,
                           count != 0 ? ActionStatus::success : ActionStatus::failed,
                           count != 0 ? "" : "nobody is in `" + to + "`");
    advance_.tell(Alerted{std::move(to), std::move(text)});
}

std::string Messenger::names(const Value& recipient) {
    if (recipient.kind() == Kind::group) return std::string(recipient.as_text());
    std::string names;
    for (const Recipient& each : recipients(recipient))
        names += (names.empty() ? "" : ", ") + each.name;
    return names;
}

std::string Messenger::ask(const Value& recipient, const std::string& question) {
    record(recipient, "ask", question);
    std::string to = names(recipient);
    advance_.rows().action(advance_.owner(), "asked " + to,
                           to.empty() ? ActionStatus::failed : ActionStatus::success,
                           to.empty() ? "there is nobody to ask" : "");
    return to;
}

void Messenger::record_alert(const Value& recipient, const std::string& text) {
    record(recipient, "alert", text);
}

// On the dashboard, and by e-mail to everyone who has an address (meaning.md 31).
void Messenger::record(const Value& recipient, std::string_view action, const std::string& text) {
    for (const Recipient& each : recipients(recipient)) {
        advance_.rows().notification(each.name, text, dashboard);
        if (const auto email = address(each, "email")) {
            advance_.next_intent();
            advance_.rows().effect(advance_.owner(),
                                   {"email", action, *email, "waiting", payload("", text)});
        }
    }
}

}  // namespace pawl::engine
