#include "dsl/internal/builder_expressions.h"
#include "dsl/internal/grammar_base.h"

// Values and conditions. From what binds least to what binds most: comprehension, or, and, not,
// comparison, or default, range, at, + -, * / div mod, minus, member and conversion, primary.

namespace pawl::dsl::grammar {

namespace {

template <Fixed Sign, BinaryOperator Op>
struct sign_operator : tagged<Tag::kind, node<build_operator<Op>, sign<Sign>>> {};
template <Fixed Word, BinaryOperator Op>
struct word_operator : tagged<Tag::kind, node<build_operator<Op>, word<Word>>> {};

struct sum;
struct value;
struct condition;

// ---- Queries -----------------------------------------------------------------------------------

struct source : deeper<value> {};
struct variable_in : p::seq<name, word<"in">> {};
struct order_key : p::seq<tagged<Tag::key, value>,
                          p::opt<p::sor<flag<Tag::descending, word<"desc">>, word<"asc">>>> {};
struct order_keys
    : p::seq<node<build_order_key, need<"what to order by", order_key>>,
             p::star<ahead<word<"then">, word<"by">>, word<"then">, word<"by">,
                     node<build_order_key, need<"what to order by next", order_key>>>> {};
struct tail
    : p::seq<p::opt<word<"where">,
                    tagged<Tag::where, need<"a condition after `where`", deeper<condition>>>>,
             p::opt<ahead<word<"order">, word<"by">>, word<"order">, word<"by">, order_keys>> {};
struct query_body
    : p::seq<tagged<Tag::variable, name>, word<"in">,
             tagged<Tag::source, need<"what to search: an entity or a list", source>>, tail> {};

struct limit : tagged<Tag::limit, p::sor<literal, path>> {};
struct first_query
    : node<build_query<QueryKind::first>,
           ahead<word<"first">, p::sor<variable_in, p::seq<p::sor<literal, path>, variable_in>>>,
           word<"first">, p::opt<not_ahead<variable_in>, limit>, query_body> {};
struct all_query
    : node<build_query<QueryKind::all>, ahead<word<"all">, variable_in>, word<"all">, query_body> {
};
struct exists_query : node<build_query<QueryKind::exists>, ahead<word<"exists">, variable_in>,
                           word<"exists">, query_body> {};
struct count_query
    : node<build_query<QueryKind::count>, ahead<word<"count">, sign<"(">, variable_in>,
           word<"count">, sign<"(">, flag<Tag::quoted, p::success>, query_body,
           need<"`)`, which closes `count(`", sign<")">>> {};

// ---- Primaries ---------------------------------------------------------------------------------

struct dot : p::seq<p::one<'.'>, p::not_at<p::one<'.'>>> {};
struct members
    : p::star<extend<build_member, dot, need<"a field's name after the dot", member_name>>> {};

struct argument : node<build_argument,
                       p::opt<ahead<any_word, sign<":">>, tagged<Tag::name, any_word>, sign<":">>,
                       tagged<Tag::value, need<"a value", expression>>> {};
struct argument_list
    : p::seq<sign<"(">, flag<Tag::call, p::success>,
             p::sor<sign<")">, p::seq<list<"another value after the comma", argument>,
                                      need<"`,` or `)`", sign<")">>>>> {};
struct open_bracket : p::seq<same_line, p::at<p::one<'('>>> {};

struct path_names : p::seq<name, p::star<dot, need<"a field's name after the dot", member_name>>> {
};
struct plain_path : node<build_path, path_names> {};
struct path_or_call : node<build_path, path_names, p::opt<open_bracket, argument_list>> {};
struct secret_call : node<build_path, ahead<word<"secret">, sign<"(">>, any_word, argument_list> {};
struct plain_call : node<build_path, path_names, open_bracket, argument_list> {};

struct true_value
    : node<build_word_literal<LiteralKind::boolean>, p::sor<word<"true">, word<"false">>> {};
struct missing_value : node<build_word_literal<LiteralKind::missing>, word<"missing">> {};
struct moment : node<build_moment, p::sor<word<"now">, word<"today">>> {};

struct parenthesised : node<build_parenthesised, sign<"(">, need<"a value after `(`", expression>,
                            need<"`)`", sign<")">>> {};
struct list_literal
    : node<build_list, sign<"[">,
           p::sor<sign<"]">,
                  p::seq<need<"a value or `]`", list<"another value after the comma", expression>>,
                         need<"`,` or `]`", sign<"]">>>>> {};
struct object_member
    : node<build_field_value, tagged<Tag::name, any_word>, need<"`:` after the name", sign<":">>,
           tagged<Tag::value, need<"a value after `:`", expression>>> {};
struct object_literal
    : node<build_object, sign<"{">,
           p::sor<sign<"}">,
                  p::seq<need<"a name or `}`", list<"another name after the comma", object_member>>,
                         need<"`,` or `}`", sign<"}">>>>> {};

struct primary : p::sor<text, literal, parenthesised, list_literal, object_literal, first_query,
                        all_query, exists_query, count_query, secret_call, true_value,
                        missing_value, moment, path_or_call> {};

struct takes_as_and_at : gate<match_as_and_at> {};
struct conversion : extend<build_as, takes_as_and_at, word<"as">,
                           need<"a type after `as`", tagged<Tag::type, type>>> {};
struct postfix : p::seq<primary, members, p::star<conversion>> {};

// ---- Arithmetic --------------------------------------------------------------------------------

struct minus_sign : p::seq<p::one<'-'>, p::not_at<p::one<'>'>>, gate<match_space>> {};
struct minus_operator
    : tagged<Tag::kind, node<build_operator<BinaryOperator::subtract>, minus_sign>> {};
struct unary
    : p::sor<node<build_negate, minus_sign, need<"a value after `-`", deeper<unary>>>, postfix> {};
struct product_operator : p::sor<sign_operator<"*", BinaryOperator::multiply>,
                                 sign_operator<"/", BinaryOperator::divide>,
                                 word_operator<"div", BinaryOperator::whole_divide>,
                                 word_operator<"mod", BinaryOperator::modulo>> {};
struct product
    : p::seq<unary, p::star<extend<build_binary, product_operator, need<"a value", unary>>>> {};
struct sum_operator : p::sor<sign_operator<"+", BinaryOperator::add>, minus_operator> {};
struct sum
    : p::seq<product, p::star<extend<build_binary, sum_operator, need<"a value", product>>>> {};
// `at most` begins a guard; on another line `at` is a name, as of the next setting.
struct at_operator : p::seq<takes_as_and_at, same_line, not_ahead<word<"at">, word<"most">>,
                            word_operator<"at", BinaryOperator::at>> {};
struct moment_of_day
    : p::seq<sum, p::opt<extend<build_binary, at_operator,
                                need<"a time of day after `at`, such as `09:00`", postfix>>>> {};
struct range : p::seq<moment_of_day,
                      p::opt<extend<build_range, sign<"..">,
                                    need<"the last of the range after `..`", moment_of_day>>>> {};
struct or_default : p::seq<ahead<word<"or">, word<"default">>, word<"or">, word<"default">> {};
struct value
    : p::seq<
          range,
          p::star<extend<build_default, or_default, need<"a value after `or default`", range>>>> {};

// ---- Conditions --------------------------------------------------------------------------------

struct right : need<"a value", value> {};
struct is_tail
    : p::seq<flag<Tag::verb, word<"is">>, p::opt<flag<Tag::not_, word<"not">>>,
             p::sor<flag<Tag::missing, word<"missing">>, flag<Tag::present, word<"present">>,
                    tagged<Tag::value, need<"a value, `missing` or `present`", value>>>> {};
struct between_tail : p::seq<word<"between">, tagged<Tag::from, need<"the lower bound", value>>,
                             need<"`and` and the upper bound", word<"and">>,
                             tagged<Tag::to, need<"the upper bound", value>>> {};
struct ignoring_case
    : p::opt<flag<Tag::ignoring_case, word<"ignoring">, need<"`case`", word<"case">>>> {};

struct less : p::seq<p::not_at<p::string<'<', '>'>>, sign_operator<"<", BinaryOperator::less>> {};
struct order_operator : p::sor<sign_operator<"<=", BinaryOperator::less_equal>, less,
                               sign_operator<">=", BinaryOperator::greater_equal>,
                               sign_operator<">", BinaryOperator::greater>> {};
struct starts_with : p::seq<ahead<word<"starts">, word<"with">>, word<"starts">, word<"with">> {};
struct ends_with : p::seq<ahead<word<"ends">, word<"with">>, word<"ends">, word<"with">> {};
struct text_operator
    : p::sor<word_operator<"contains", BinaryOperator::contains>,
             tagged<Tag::kind, node<build_operator<BinaryOperator::starts_with>, starts_with>>,
             tagged<Tag::kind, node<build_operator<BinaryOperator::ends_with>, ends_with>>> {};
struct not_in : p::seq<ahead<word<"not">, word<"in">>, word<"not">, word<"in">> {};
struct in_operator
    : p::sor<word_operator<"in", BinaryOperator::in>,
             tagged<Tag::kind, node<build_operator<BinaryOperator::not_in>, not_in>>> {};
struct not_between
    : p::seq<ahead<word<"not">, word<"between">>, flag<Tag::not_, word<"not">>, between_tail> {};

struct comparison_tail
    : p::sor<extend<build_is, is_tail>, extend<build_binary, order_operator, right>,
             extend<build_binary, in_operator, need<"a list or a range after `in`", value>>,
             extend<build_between, p::sor<between_tail, not_between>>,
             extend<build_binary, text_operator, right, ignoring_case>,
             extend<build_binary, word_operator<"matches", BinaryOperator::matches>, right>,
             extend<build_binary, gate<match_foreign_is>, right>> {};
struct comparison : p::seq<value, p::opt<comparison_tail, gate<match_no_chain>>> {};

struct not_operator : p::sor<word<"not">, gate<match_foreign_not>> {};
struct negation
    : p::sor<node<build_not, not_operator, need<"a condition after `not`", deeper<negation>>>,
             comparison> {};
struct and_operator : p::sor<word_operator<"and", BinaryOperator::and_>, gate<match_foreign_and>> {
};
struct conjunction
    : p::seq<
          negation,
          p::star<extend<build_binary, and_operator, need<"a condition after `and`", negation>>>> {
};
struct or_operator
    : p::sor<
          p::seq<not_ahead<word<"or">, word<"default">>, word_operator<"or", BinaryOperator::or_>>,
          gate<match_foreign_or>> {};
struct condition
    : p::seq<
          conjunction,
          p::star<extend<build_binary, or_operator, need<"a condition after `or`", conjunction>>>> {
};

struct for_items : p::seq<word<"for">, p::not_at<gate<match_each>>, name, word<"in">> {};
struct comprehension
    : p::opt<extend<build_comprehension, ahead<for_items>, word<"for">, query_body>> {};
struct whole : deeper<condition, comprehension> {};

struct head : node<build_loop_head, tagged<Tag::variable, need<"a name for each item", name>>,
                   need<"`in` and a list", word<"in">>,
                   tagged<Tag::source, need<"a list, a range or an entity", operand>>, tail> {};

struct with_field : node<build_field_value, tagged<Tag::name, any_word>,
                         need<"`:` and the field's value", sign<":">>,
                         tagged<Tag::value, need<"a value after `:`", expression>>> {};

}  // namespace

bool match_expression(Input& in, Builder& b) {
    // Inside brackets and texts they belong to the value, whatever they do around them.
    const bool before = b.takes_as_and_at;
    b.takes_as_and_at = true;
    const bool found = run<whole>(in, b);
    b.takes_as_and_at = before;
    return found;
}
bool match_operand(Input& in, Builder& b) { return run<deeper<value>>(in, b); }
bool match_plain_operand(Input& in, Builder& b) {
    const bool before = b.takes_as_and_at;
    b.takes_as_and_at = false;
    const bool found = run<deeper<value>>(in, b);
    b.takes_as_and_at = before;
    return found;
}
bool match_zone(Input& in, Builder& b) {
    return run<p::sor<node<build_zone, zone_name>, operand>>(in, b);
}
bool match_path(Input& in, Builder& b) { return run<plain_path>(in, b); }
bool match_call(Input& in, Builder& b) { return run<p::sor<secret_call, plain_call>>(in, b); }
bool match_query_tail(Input& in, Builder& b) { return run<tail>(in, b); }
bool match_loop_head(Input& in, Builder& b) { return run<head>(in, b); }
bool match_arguments(Input& in, Builder& b) { return run<argument_list>(in, b); }
bool match_with_fields(Input& in, Builder& b) {
    return run<list<"another field after the comma", with_field>>(in, b);
}

}  // namespace pawl::dsl::grammar
