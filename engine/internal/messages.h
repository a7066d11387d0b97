#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/internal/advance.h"

// What goes out: who a recipient is, where a channel reaches them, and the texts of templates. An
// effect is recorded in the advance's layer and leaves only with it.

namespace pawl::engine {

// One person, address or group that a message is for.
struct Recipient {
    std::optional<rules::Reference> person;
    std::string address;  // of an email or phone value; then there is no person
    std::string group;    // a group that stands for itself: there is no people entity
    std::string name;     // how it is told: the person's id, the address, the group
};

// Whether there is a group `admins`, who are told of what goes wrong.
bool has_admins(const rules::Program& program);

class Messenger {
 public:
    // The advance outlives it.
    explicit Messenger(Advance& advance);

    std::optional<rules::Failure> send(std::uint32_t template_index, const rules::Value& recipient,
                                       std::vector<rules::Value> arguments,
                                       const std::optional<rules::RetryPlan>& retry);
    std::optional<rules::Failure> notify(std::uint32_t notification_index,
                                         const rules::Value& recipient,
                                         std::vector<rules::Value> arguments);
    void alert(const rules::Value& recipient, std::string text);
    // Puts a question before those who are asked, like an alert: on the dashboard, and by e-mail to
    // those who have an address. Their names, as told.
    std::string ask(const rules::Value& recipient, const std::string& question);
    // "admins", "ann, bob"
    std::string names(const rules::Value& recipient);
    // The rows of an alert alone, without telling it: of a failed run to its admins.
    void record_alert(const rules::Value& recipient, const std::string& text);

 private:
    struct Message {
        std::string channel, template_name, subject, body;
        std::optional<rules::RetryPlan> retry = {};
    };
    enum class Delivery : std::uint8_t { queued, undeliverable };

    std::vector<Recipient> recipients(const rules::Value& value);
    void add_recipients(const rules::Value& value, std::vector<Recipient>& out);
    void add_group(std::string_view group, std::vector<Recipient>& out);
    // Where the channel reaches them; nothing when nowhere.
    std::optional<std::string> address(const Recipient& recipient, std::string_view channel);

    std::optional<rules::Failure> render_template(std::uint32_t template_index,
                                                  const std::vector<rules::Value>& arguments,
                                                  Message& message);
    std::optional<rules::Failure> evaluate(rules::UnitIndex unit, std::uint32_t entry,
                                           const std::vector<rules::Value>& arguments,
                                           rules::Value& value);
    std::optional<rules::Failure> render(const rules::Notification& notification,
                                         const rules::NotificationChannel& channel,
                                         const std::vector<rules::Value>& arguments,
                                         Message& message);

    Delivery deliver(const Recipient& recipient, const Message& message);
    bool notify_one(const Recipient& recipient, const std::vector<Message>& messages,
                    const std::string& notification);
    void put_on_dashboard(const Recipient& recipient, const Message& message,
                          const std::string& notification);
    void record(const rules::Value& recipient, std::string_view action, const std::string& text);
    const rules::Channel* find_channel(std::string_view name) const;
    // A message to one recipient counts for the rule's budget.
    void spend();

    Advance& advance_;
    Context& context_;
};

}  // namespace pawl::engine
