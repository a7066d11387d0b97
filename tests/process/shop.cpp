#include "tests/process/shop.h"

namespace pawl::process {

namespace {

const std::string header =
    "rulebook shop\n"
    "  pawl 1\n"
    "  timezone Africa/Nairobi\n"
    "  currency KES\n"
    "end\n"
    "\n"
    "roles owner (owners)\n";

const std::string parcels =
    "entity parcel\n"
    "  title   text\n"
    "  price   money\n"
    "  status  one of packed, paid, sent = packed\n"
    "end\n"
    "\n"
    "rule note_paid_parcel \"Note a parcel that was paid\"\n"
    "  when parcel.status becomes paid\n"
    "  then\n"
    "    log \"{{parcel.title}} was paid\"\n"
    "end\n";

const std::string payments =
    "event payment_arrived\n"
    "  parcel -> parcel\n"
    "  amount money\n"
    "end\n"
    "\n"
    "rule take_payment \"Take a payment\"\n"
    "  when payment_arrived as payment\n"
    "  if payment.amount >= payment.parcel.price\n"
    "  then\n"
    "    set payment.parcel.status to paid\n"
    "end\n"
    "\n"
    "rule tell_short_payment \"Tell of a payment that is too small\"\n"
    "  when payment_arrived as payment\n"
    "  if payment.amount < payment.parcel.price\n"
    "  then\n"
    "    alert owners \"{{payment.amount}} for {{payment.parcel.title}} is too little\"\n"
    "end\n";

}  // namespace

void write_shop(const Workplace& workplace) {
    workplace.write("shop/book.pawl", header);
    workplace.write("shop/parcels.pawl", parcels);
    workplace.write("shop/payments.pawl", payments);
}

void write_shop_otherwise(const Workplace& workplace, const std::string& folder) {
    workplace.write(folder + "/a/money.pawl", payments);
    workplace.write(folder + "/z/y/rest.pawl", parcels + "\n" + header);
}

std::string payment(const std::string& id, const std::string& time, const std::string& parcel,
                    int amount) {
    return R"({"specversion":"1.0","id":")" + id +
           R"(","source":"/till","type":"payment_arrived","time":")" + time +
           R"(","data":{"parcel":")" + parcel + R"(","amount":)" + std::to_string(amount) + "}}\n";
}

std::string shop_state() {
    return R"({"parcel":[{"id":"p1","title":"Lamp","price":1500},)"
           R"({"id":"p2","title":"Chair","price":9000}]})";
}

}  // namespace pawl::process
