#include "dsl/internal/builder_expressions.h"
#include "dsl/internal/grammar_base.h"

// Types, parameters, and the fields of entities, records and events.

namespace pawl::dsl::grammar {

bool match_type_place(Input& in, Builder& b);
bool match_default_place(Input& in, Builder& b);

namespace {

struct options : tagged<Tag::values, need_list<"the name of a value", name>> {};
struct choice : p::seq<ahead<word<"one">, word<"of">>, word<"one">, word<"of">, options> {};
struct reference
    : p::seq<p::opt<ahead<word<"required">, sign<"->">>, flag<Tag::required, word<"required">>>,
             sign<"->">, tagged<Tag::target, need<"the entity that `->` refers to", name>>> {};
struct list_of : p::seq<ahead<word<"list">, word<"of">>, word<"list">, word<"of">,
                        need<"what the list is of", deeper<type>>> {};
struct secret_type : p::seq<flag<Tag::secret, word<"secret">>,
                            tagged<Tag::name, need<"a type after `secret`: `text`", name>>> {};
struct named_type : tagged<Tag::name, name> {};
struct type_body : p::sor<choice, reference, list_of, secret_type, named_type> {};
struct type_form : node<build_type, type_body> {};
struct type_or_none : node<build_type, type_body, p::opt<flag<Tag::optional, sign<"?">>>> {};

struct parameter : node<build_parameter, tagged<Tag::name, any_word>,
                        need<"`:` and a type", sign<":">>, need<"a type after `:`", type_or_none>> {
};
struct all_parameters : list<"another name after the comma", parameter> {};
struct in_brackets
    : p::seq<sign<"(">, p::sor<sign<")">, p::seq<need<"a parameter's name or `)`", all_parameters>,
                                                 need<"`,` or `)`", sign<")">>>>> {};

struct negative : node<build_negate, p::one<'-'>, need<"a number after `-`", literal>> {};
struct plain_name : node<build_path, name> {};
struct truth : node<build_word_literal<LiteralKind::boolean>, p::sor<word<"true">, word<"false">>> {
};
struct empty_list : node<build_list, sign<"[">, need<"`]`", sign<"]">>> {};
struct default_value : p::sor<literal, negative, text, truth, empty_list, plain_name> {};
struct deleted_with_it : flag<Tag::deleted_with_it, sign<"(">,
                              need<"`deleted with it`", word<"deleted">, word<"with">, word<"it">>,
                              need<"`)`", sign<")">>> {};
struct not_a_set : not_ahead<word<"unique">, sign<"(">> {};
struct field_mark : p::sor<flag<Tag::optional, sign<"?">>,
                           flag<Tag::unique, not_a_set, word<"unique">>, deleted_with_it,
                           p::seq<sign<"=">, gate<match_default_place>,
                                  tagged<Tag::value, need<"a value after `=`", default_value>>>> {};
struct field_type : p::seq<gate<match_type_place>, need<"the field's type", type_form>> {};
struct field : node<build_field, tagged<Tag::name, name>, field_type, p::star<field_mark>> {};
struct unique_set : node<build_unique_set, word<"unique">, sign<"(">,
                         need_list<"a field's name", name>, need<"`,` or `)`", sign<")">>> {};
struct field_list : p::star<item, p::sor<unique_set, field>> {};

}  // namespace

bool match_type(Input& in, Builder& b) { return run<type_form>(in, b); }
bool match_parameters(Input& in, Builder& b) { return run<in_brackets>(in, b); }
bool match_parameter_list(Input& in, Builder& b) { return run<all_parameters>(in, b); }
bool match_optional_type(Input& in, Builder& b) { return run<type_or_none>(in, b); }
bool match_fields(Input& in, Builder& b) { return run<field_list>(in, b); }
bool match_one_field(Input& in, Builder& b) { return run<field>(in, b); }

// Before a field's type: where the type stands on another line than the name, it may be missing,
// and what follows be the next field.
bool match_type_place(Input& in, Builder& b) {
    b.suspect_if_alone(b.offset(in.current()), DiagnosticCode::missing_type, "the field ", "type",
                       "write a type behind the name, such as `text`, `int` or `-> client`");
    return true;
}

bool match_default_place(Input& in, Builder& b) {
    b.suspect_end_of_line(b.offset(in.current()), "a value after `=`");
    return true;
}

}  // namespace pawl::dsl::grammar
