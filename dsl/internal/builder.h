#pragma once

#include <algorithm>
#include <any>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/check.h"
#include "base/diagnostic.h"
#include "base/source.h"
#include "dsl/tree.h"

// Makes the tree while the grammar reads. What a rule of the grammar read lies as parts on a stack;
// when the rule is whole, its build function takes them and leaves one part in their place. A rule
// that fails leaves the stack, and the tree, as they were: so alternatives may be tried freely.

namespace pawl::dsl {

// What a part is to the rule that takes it, where its type does not say it.
enum class Tag : std::uint8_t {
    none,
    about,
    action,
    all,
    arguments,
    as,
    at,
    because,
    body,
    by,
    calendar,
    call,
    catch_up,
    channel,
    code,
    containing,
    costs,
    count,
    days,
    deleted_with_it,
    descending,
    entity,
    entity_field,
    everything,
    fail,
    fields,
    file,
    first,
    forget,
    for_,
    from,
    group,
    ignoring_case,
    including,
    interval,
    key,
    kind,
    limit,
    missing,
    mode,
    name,
    named,
    negated,
    not_,
    of,
    on_day,
    optional,
    otherwise,
    parameters,
    per,
    period,
    present,
    pure,
    quoted,
    renamed,
    required,
    roles,
    sample,
    secret,
    source,
    start,
    starts,
    step,
    subject,
    target,
    template_,
    threshold,
    times,
    title,
    to,
    type,
    unique,
    unit,
    unless,
    until,
    up_to,
    value,
    values,
    variable,
    verb,
    verbs,
    weekdays,
    where,
    while_,
    with,
    within,
    word,
    zone
};

struct OperatorPart {
    BinaryOperator op = BinaryOperator::add;
};

using PartValue = std::variant<std::monostate, Name, ExpressionIndex, StatementIndex, std::string,
                               Block, FieldValue, OperatorPart, std::any>;

struct Part {
    Tag tag = Tag::none;
    Span span;  // with parentheses, where an expression stands in some
    PartValue value;
};

template <class T, class Variant>
struct is_alternative;
template <class T, class... Types>
struct is_alternative<T, std::variant<Types...>>
    : std::bool_constant<(std::is_same_v<T, Types> || ...)> {};

// The parts of one rule, for its build function. Taking a part moves it out.
class Parts {
 public:
    Parts(std::span<Part> parts, Span span) : parts_(parts), span_(span) {}

    Span span() const { return span_; }
    std::span<Part> all() const { return parts_; }
    bool has(Tag tag) const { return find(tag) != nullptr; }
    Span span_of(Tag tag) const;

    // The first with that tag; the default when there is none.
    Name name(Tag tag) { return one<Name>(tag); }
    ExpressionIndex value(Tag tag) const {
        const Part* part = find(tag);
        return part == nullptr ? ExpressionIndex::none : std::get<ExpressionIndex>(part->value);
    }
    std::string text(Tag tag) { return one<std::string>(tag); }
    Block block(Tag tag) { return one<Block>(tag); }

    std::vector<Name> names(Tag tag) { return every<Name>(tag); }
    std::vector<ExpressionIndex> values(Tag tag) { return every<ExpressionIndex>(tag); }
    std::vector<FieldValue> fields(Tag tag) { return every<FieldValue>(tag); }

    template <class T>
    T one(Tag tag) {
        for (Part& part : parts_) {
            if (part.tag == tag && holds<T>(part)) return take<T>(part);
        }
        return T{};
    }
    template <class T>
    bool has_one(Tag tag) const {
        for (const Part& part : parts_) {
            if (part.tag == tag && holds<T>(part)) return true;
        }
        return false;
    }
    template <class T>
    std::vector<T> every(Tag tag) {
        std::vector<T> result;
        for (Part& part : parts_) {
            if (part.tag == tag && holds<T>(part)) result.push_back(take<T>(part));
        }
        return result;
    }

    template <class T>
    static bool holds(const Part& part) {
        if constexpr (is_alternative<T, PartValue>::value) {
            return std::holds_alternative<T>(part.value);
        } else {
            const std::any* box = std::get_if<std::any>(&part.value);
            return box != nullptr && box->type() == typeid(T);
        }
    }
    template <class T>
    static T take(Part& part) {
        PAWL_CHECK(holds<T>(part));
        if constexpr (is_alternative<T, PartValue>::value) {
            return std::move(std::get<T>(part.value));
        } else {
            return std::any_cast<T&&>(std::move(std::get<std::any>(part.value)));
        }
    }

 private:
    const Part* find(Tag tag) const;

    std::span<Part> parts_;
    Span span_;
};

// A block that is open: what began it, and where.
struct OpenBlock {
    std::string_view word;
    Span span;
    bool begins_line = false;
    std::uint32_t indent = 0;
    std::optional<std::uint32_t> first_item_indent;
    std::optional<std::uint32_t> last_item;    // where it begins, when it begins its line
    std::optional<std::uint32_t> item_before;  // the one before that
    // A rule's: how far right its clauses stand, and the first that stands further right.
    std::optional<std::uint32_t> clause_indent;
    std::optional<std::uint32_t> deep_clause;
};

// Thrown after a mistake was reported; caught where the parser starts anew. Never leaves the
// parser.
struct Mistake {};

class Builder {
 public:
    Builder(Tree& tree, const SourceSet& sources, std::vector<Diagnostic>& diagnostics)
        : tree_(tree), sources_(sources), diagnostics_(diagnostics) {}

    // ---- One file after the other --------------------------------------------------------------

    void begin_file(FileIndex file, std::string_view text);
    FileIndex file() const { return file_; }
    std::string_view text() const { return text_; }
    Tree& tree() { return tree_; }
    const SourceSet& sources() const { return sources_; }

    // While a template's own file is read: places are in that one.
    class Excursion {
     public:
        Excursion(Builder& builder, FileIndex file, std::string_view text);
        ~Excursion();
        Excursion(const Excursion&) = delete;
        Excursion& operator=(const Excursion&) = delete;

     private:
        Builder& builder_;
        FileIndex file_;
        std::string_view text_;
        std::size_t blocks_;
    };

    // ---- Places --------------------------------------------------------------------------------

    std::uint32_t offset(const char* at) const {
        return static_cast<std::uint32_t>(at - text_.data());
    }
    Span span(std::uint32_t begin, std::uint32_t end) const { return {file_, begin, end}; }
    Span span(const char* begin, const char* end) const {
        return {file_, offset(begin), offset(end)};
    }
    // From `begin` to where the last word before `at` ends.
    Span span_up_to(std::uint32_t begin, std::uint32_t at) const {
        return span(begin, std::max(begin, end_before(at)));
    }
    // Where the last word or sign before `at` ends: before white space and comments.
    std::uint32_t end_before(std::uint32_t at) const;
    // Whether only white space stands before it on its line.
    bool begins_line(std::uint32_t at) const;
    std::uint32_t indent(std::uint32_t at) const;  // bytes before it on its line
    bool is_same_line(std::uint32_t first, std::uint32_t second) const;

    void note_comment(std::uint32_t begin, std::uint32_t end);
    void note_block_word(std::uint32_t begin, std::uint32_t end);

    // ---- Parts ---------------------------------------------------------------------------------

    struct Mark {
        std::size_t parts, expressions, statements;
    };
    Mark mark() const { return {parts_.size(), tree_.expressions.size(), tree_.statements.size()}; }
    void rewind(const Mark& mark);

    template <class T>
    void push(Span span, T value, Tag tag = Tag::none) {
        PartValue& place = push_empty(span, tag).value;
        if constexpr (is_alternative<T, PartValue>::value) {
            place.emplace<T>(std::move(value));
        } else {
            place.emplace<std::any>(std::move(value));
        }
    }
    void push_flag(Span span, Tag tag) { push_empty(span, tag); }
    // Gives every part since `first` that has none a tag.
    void tag_since(std::size_t first, Tag tag);
    // Takes the last part off the stack.
    template <class T>
    T take_last() {
        PAWL_CHECK(!parts_.empty());
        T value = Parts::take<T>(parts_.back());
        parts_.pop_back();
        return value;
    }
    std::size_t part_count() const { return parts_.size(); }
    Part& part(std::size_t index) { return parts_[index]; }

    // Calls `build` with the parts since `first`, which then are gone.
    template <class Build>
    void close(std::size_t first, Span span, Build build) {
        // What the build function leaves is put behind its parts, which must not move meanwhile.
        const std::size_t last = parts_.size();
        if (parts_.capacity() - last < parts_left_max) parts_.reserve(2 * last + parts_left_max);
        Parts parts(std::span<Part>(parts_).subspan(first), span);
        build(*this, parts);
        PAWL_CHECK(parts_.size() - last <= parts_left_max);
        parts_.erase(parts_.begin() + static_cast<std::ptrdiff_t>(first),
                     parts_.begin() + static_cast<std::ptrdiff_t>(last));
    }

    // A node of the tree, left as a part. Too deep an expression is a mistake.
    template <class Form>
    ExpressionIndex add(Span span, Form form) {
        return add_expression(Expression{span, false, std::move(form)});
    }
    template <class Form>
    void push_expression(Span span, Form form) {
        const ExpressionIndex index = add(span, std::move(form));
        push(span, index);
    }
    template <class Form>
    void push_statement(Span span, Form form) {
        tree_.statements.push_back(Statement{span, std::move(form)});
        push(span, static_cast<StatementIndex>(tree_.statements.size() - 1));
    }
    void add_declaration(Declaration declaration);

    // ---- Depth ---------------------------------------------------------------------------------

    enum class Depth : std::uint8_t { expression, block };
    // Held while the grammar is inside itself; `at` is where it enters.
    class Nesting {
     public:
        Nesting(Builder& builder, std::uint32_t at, Depth kind);
        ~Nesting() { --depth_; }
        Nesting(const Nesting&) = delete;
        Nesting& operator=(const Nesting&) = delete;

     private:
        std::size_t& depth_;
    };

    // False when only the text of this file counts: the formatter's way.
    bool reads_template_files = true;

    // `as` converts here and `at` gives a date its time of day (true), or both are the trigger's
    // (false).
    bool takes_as_and_at = true;

    // ---- Mistakes ------------------------------------------------------------------------------

    // Something else is due at `at`: finds the best words for what stands there, and throws.
    [[noreturn]] void refuse(std::uint32_t at, std::string_view expected);
    // The same where a block goes on or ends: `what` fits there.
    [[noreturn]] void refuse_in_block(std::uint32_t at, std::string_view what);
    [[noreturn]] void fail(Diagnostic diagnostic);
    // At the beginning of a declaration nothing begins one.
    [[noreturn]] void refuse_declaration(std::uint32_t at);
    // Throws when a form of time is written there in a way that is known (time_slips.h).
    void refuse_time_slip(std::uint32_t at, std::string_view expected);
    // Reports and goes on; the declaration is left out of the tree all the same. Once a place.
    void report(Diagnostic diagnostic);
    bool is_broken() const { return broken_; }
    // Where reading the declaration stopped at a mistake: the text before it belongs to it.
    std::uint32_t stopped_at() const { return stopped_at_; }

    void begin_declaration(std::uint32_t at);
    void open_block(std::string_view word, std::uint32_t begin, std::uint32_t end);
    void close_block(std::uint32_t end_at);
    // At the beginning of a statement or another item of the innermost block.
    void note_item(std::uint32_t at);
    // At the beginning of a rule's trigger or clause.
    void note_clause(std::uint32_t at);
    // A declaration begins here although the innermost block, a list of fields or the like, was
    // not closed. The only place where layout counts: who indents the items of a block cannot
    // have meant one of them to stand at the left of it.
    bool is_next_declaration(std::uint32_t at) const;
    // The keyword at `at` begins the next declaration although the one being read, which has no
    // block open, lacks a name yet: it stands as far left, and a name follows it.
    bool is_keyword_instead_of_name(std::uint32_t at) const;
    // What explains a later mistake better than the place where that shows itself: told instead of
    // it, when it is the only one of its kind in its block.
    void suspect(Diagnostic suspicion);
    // At `at`, where what belongs to the name before it is due, such as a field's type: when it
    // stands on another line, it may be missing: "<kind>`x` has no <lack> on its line".
    void suspect_if_alone(std::uint32_t at, DiagnosticCode code, std::string_view kind,
                          std::string_view lack, std::string_view hint);
    // At `at`, where a value stands that may belong to the next item: it begins a line.
    void suspect_end_of_line(std::uint32_t at, std::string_view due);
    // A name that is read as a value, but stands where a statement or a clause could begin: then a
    // mistake at the very next word is told as the lack of a value before it.
    void suspect_if_keyword(const Name& name, std::string_view due);

    std::string describe(std::uint32_t at) const;  // what stands there, for a message
    std::string_view word_at(std::uint32_t at) const;

 private:
    static constexpr std::size_t parts_left_max = 8;

    // Made in its place: GCC 12 warns of variants that are moved from at once.
    Part& push_empty(Span span, Tag tag) {
        Part& part = parts_.emplace_back();
        part.tag = tag;
        part.span = span;
        return part;
    }

    ExpressionIndex add_expression(Expression expression);
    void refuse_character(std::uint32_t at);
    void refuse_word_of_language(std::uint32_t at, std::string_view expected);
    [[noreturn]] void refuse_general(std::uint32_t at, std::string_view expected);
    void stop_at(std::uint32_t at) {
        if (!is_template_) stopped_at_ = std::max(stopped_at_, at);
    }
    [[noreturn]] void refuse_general_in_block(std::uint32_t at, std::string_view what);
    [[noreturn]] void refuse_missing_end(std::uint32_t at);
    Span token_span(std::uint32_t at) const;
    void fail_if_suspected(std::uint32_t at);
    // Whether it begins a line that goes on with the item, or the declaration, of the line before.
    bool goes_on(std::uint32_t at) const;
    void refuse_if_cut_off(std::uint32_t at);
    void refuse_if_without_then(const OpenBlock& rule);
    [[noreturn]] void refuse_without_then(const OpenBlock& rule, std::uint32_t at);
    // Where a word that stands alone on its line is missing before `at`.
    std::uint32_t place_of_word_before(std::uint32_t at, std::uint32_t indent_due) const;
    std::uint32_t first_of_line(std::uint32_t at) const;

    Tree& tree_;
    const SourceSet& sources_;
    std::vector<Diagnostic>& diagnostics_;
    FileIndex file_ = 0;
    std::string_view text_;
    bool is_template_ = false;        // inside an Excursion
    std::size_t comments_begin_ = 0;  // of this file, in tree_.comments
    std::size_t words_begin_ = 0;     // of this file, in tree_.block_words
    std::vector<Part> parts_;
    std::vector<std::uint16_t> depths_;  // of tree_.expressions
    std::size_t expression_depth_ = 0;
    std::size_t block_depth_ = 0;
    std::vector<OpenBlock> blocks_;
    std::vector<Diagnostic> suspicions_;
    std::optional<std::uint32_t> crossed_to_;  // where the last suspect_if_alone found the rest
    std::uint32_t declaration_at_ = 0;         // where the one being read begins
    std::uint32_t declaration_before_ = 0;     // and the one before it
    std::optional<std::pair<std::uint32_t, Diagnostic>> word_suspicion_;  // valid at that offset
    // The first item that stands at the left of the block it is read into: an `end` may be missing
    // before it.
    std::optional<std::pair<OpenBlock, std::uint32_t>> dedent_;
    std::optional<std::pair<OpenBlock, std::uint32_t>> last_closed_;  // and where its `end` is
    std::set<std::uint32_t> reported_;  // where this file has been reported without an end
    bool broken_ = false;
    std::uint32_t stopped_at_ = 0;
};

}  // namespace pawl::dsl
