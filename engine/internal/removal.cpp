#include <algorithm>
#include <vector>

#include "base/limits.h"
#include "engine/internal/advance.h"

// Deleting a record, and what becomes of what points at it (meaning.md 22).

namespace pawl::engine {

using rules::Failure;
using rules::RecordKey;
using rules::Reference;
using rules::Value;

namespace {

bool points_at(const Value& value, Reference record) {
    if (value.kind() == rules::Kind::reference) return value.as_reference() == record;
    if (value.kind() != rules::Kind::list) return false;
    const auto& items = value.as_list();
    return std::any_of(items.begin(), items.end(),
                       [record](const Value& item) { return points_at(item, record); });
}

}  // namespace

std::optional<Failure> Advance::remove(Reference record) {
    if (layer_.get(record) == nullptr || record.entity < rules::builtin_entity_count)
        return make_failure(DiagnosticCode::record_gone, "missing",
                            "a record of `" + context_.schema.entity_name(record.entity) +
                                "` was to be deleted that is deleted already");
    // What goes with the record may take others along: a list of work, not a recursion.
    std::vector<Reference> to_remove = {record};
    for (std::size_t i = 0; i < to_remove.size(); ++i) {
        if (layer_.get(to_remove[i]) == nullptr) continue;
        if (auto failure = remove_one(to_remove[i], to_remove)) return failure;
    }
    return std::nullopt;
}

std::optional<Failure> Advance::remove_one(Reference record, std::vector<Reference>& to_remove) {
    const rules::RecordPointer before = layer_.get(record);
    Deleted told;
    told.entity = context_.schema.entity_name(record.entity);
    told.id = id_of(before);
    const rules::Entity& type = context_.program.schema.entities[record.entity];
    for (std::size_t i = rules::system_field_count; i < type.fields.size(); ++i)
        if (!before->fields[i].is_missing())
            told.values.push_back({type.fields[i].name, before->fields[i]});
    touch(record);
    deleted_ids_.emplace_back(record, told.id);
    layer_.remove(record);
    rows_.action(options_.owner, "deleted " + told.entity + "/" + told.id, ActionStatus::success);
    tell(std::move(told));
    return remove_referrers(record, to_remove);
}

std::optional<Failure> Advance::remove_referrers(Reference record,
                                                 std::vector<Reference>& to_remove) {
    for (const Referrer& referrer : context_.schema.referrers(record.entity)) {
        rules::ScanRequest request;
        request.entity = referrer.entity;
        request.field = referrer.field;
        if (!referrer.is_list) {
            request.access = rules::Access::equal;
            request.low = Value::reference(record);
        }
        std::vector<RecordKey> holders;
        const auto cursor = layer_.scan(request);
        while (const auto key = cursor->next()) {
            if (budget_.rows == 0)
                return make_failure(DiagnosticCode::still_referred_to, "limit",
                                    "deleting the record looked at more than " +
                                        std::to_string(limits::advance_rows_max) + " records");
            --budget_.rows;
            const auto holder = layer_.get({referrer.entity, *key});
            if (holder != nullptr && points_at(holder->fields[referrer.field], record))
                holders.push_back(*key);
        }
        for (const RecordKey key : holders) {
            const Reference holder{referrer.entity, key};
            if (referrer.deleted_with_it)
                to_remove.push_back(holder);
            else if (auto failure = drop_reference(referrer, holder, record))
                return failure;
        }
    }
    return std::nullopt;
}

std::optional<Failure> Advance::drop_reference(const Referrer& referrer, Reference holder,
                                               Reference removed) {
    const auto record = layer_.get(holder);
    if (referrer.is_list) {
        std::vector<Value> rest;
        for (const Value& item : record->fields[referrer.field].as_list())
            if (!points_at(item, removed)) rest.push_back(item);
        return set_field(holder, referrer.field, Value::list(std::move(rest)), Value());
    }
    if (!referrer.is_required) return set_field(holder, referrer.field, Value(), Value());
    const std::string& entity = context_.schema.entity_name(referrer.entity);
    return make_failure(DiagnosticCode::still_referred_to, "reference",
                        "`" + entity + "/" + id_of(record) + "` refers to the record by `" +
                            context_.schema.field_name(referrer.entity, referrer.field) +
                            "`, which must have a value; `(deleted with it)` at that field would "
                            "delete it too");
}

}  // namespace pawl::engine
