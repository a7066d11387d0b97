#include <cmath>

#include "rules/internal/program_verify.h"

namespace pawl::rules {

bool is_currency(Currency currency) {
    return currency.code == 0 || Currency::parse(currency.letters()) == currency;
}

std::string verify_value(const Value& value, const Schema& schema) {
    const auto verify_all = [&](const std::vector<Value>& items) {
        std::string failure;
        for (const Value& item : items)
            if (failure.empty()) failure = verify_value(item, schema);
        return failure;
    };
    switch (value.kind()) {
        case Kind::number: return std::isfinite(value.as_number()) ? "" : "a number that is none";
        case Kind::money:
            return is_currency(value.as_money().currency) ? "" : "a currency that is none";
        case Kind::date:
            return is_in_calendar(value.as_date()) ? "" : "a date outside the calendar";
        case Kind::datetime:
            return is_in_calendar(value.as_datetime()) ? "" : "an instant outside the calendar";
        case Kind::time: {
            const std::int64_t micros = value.as_time().micros;
            return micros >= 0 && micros < micros_per_day ? "" : "a time outside the day";
        }
        case Kind::reference: return "a record of a store";
        case Kind::list: return verify_all(value.as_list());
        case Kind::record:
            if (value.record_type() >= schema.records.size() ||
                value.as_record().size() != schema.records[value.record_type()].fields.size())
                return "a record of no type";
            return verify_all(value.as_record());
        default: return {};
    }
}

}  // namespace pawl::rules
