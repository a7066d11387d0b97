#include "dsl/internal/builder.h"

#include <algorithm>

#include "base/limits.h"
#include "dsl/internal/keyword.h"

namespace pawl::dsl {

// ---- Parts -------------------------------------------------------------------------------------

const Part* Parts::find(Tag tag) const {
    const auto found = std::find_if(parts_.begin(), parts_.end(),
                                    [tag](const Part& part) { return part.tag == tag; });
    return found == parts_.end() ? nullptr : &*found;
}

Span Parts::span_of(Tag tag) const {
    const Part* part = find(tag);
    PAWL_CHECK(part != nullptr);
    return part->span;
}

// ---- Files -------------------------------------------------------------------------------------

void Builder::begin_file(FileIndex file, std::string_view text) {
    file_ = file;
    text_ = text;
    comments_begin_ = tree_.comments.size();
    words_begin_ = tree_.block_words.size();
    reported_.clear();
    declaration_at_ = 0;
    begin_declaration(0);
}

Builder::Excursion::Excursion(Builder& builder, FileIndex file, std::string_view text)
    : builder_(builder),
      file_(builder.file_),
      text_(builder.text_),
      blocks_(builder.blocks_.size()) {
    // A mistake in there stops the declaration here.
    builder.stop_at(builder.parts_.empty() ? 0 : builder.parts_.back().span.end);
    builder.file_ = file;
    builder.text_ = text;
    builder.is_template_ = true;
}

Builder::Excursion::~Excursion() {
    builder_.file_ = file_;
    builder_.text_ = text_;
    builder_.is_template_ = false;
    builder_.blocks_.resize(std::min(blocks_, builder_.blocks_.size()));
}

// ---- Places ------------------------------------------------------------------------------------

std::uint32_t Builder::end_before(std::uint32_t at) const {
    const auto first = tree_.comments.begin() + static_cast<std::ptrdiff_t>(comments_begin_);
    for (;;) {
        bool crossed_line = at == text_.size();
        while (at > 0) {
            const char c = text_[at - 1];
            if (c != ' ' && c != '\t' && c != '\r' && c != '\n' && c != ';') break;
            if (c == '\n') crossed_line = true;
            --at;
        }
        if (!crossed_line || is_template_) return at;
        // A comment reaches up to here when one ends here: they are in order.
        const auto comment = std::lower_bound(first, tree_.comments.end(), at,
                                              [](const Comment& candidate, std::uint32_t place) {
                                                  return candidate.span.end < place;
                                              });
        if (comment == tree_.comments.end() || comment->span.begin >= at) return at;
        at = comment->span.begin;
    }
}

bool Builder::begins_line(std::uint32_t at) const {
    while (at > 0 && (text_[at - 1] == ' ' || text_[at - 1] == '\t')) --at;
    return at == 0 || text_[at - 1] == '\n';
}

std::uint32_t Builder::indent(std::uint32_t at) const {
    std::uint32_t begin = at;
    while (begin > 0 && (text_[begin - 1] == ' ' || text_[begin - 1] == '\t')) --begin;
    return at - begin;
}

bool Builder::is_same_line(std::uint32_t first, std::uint32_t second) const {
    return text_.substr(first, second - first).find('\n') == std::string_view::npos;
}

void Builder::note_comment(std::uint32_t begin, std::uint32_t end) {
    if (is_template_) return;
    // The same comment is seen again when an alternative is tried anew.
    if (tree_.comments.size() > comments_begin_ && tree_.comments.back().span.begin >= begin)
        return;
    while (end > begin && text_[end - 1] == '\r') --end;
    tree_.comments.push_back({span(begin, end), begins_line(begin)});
}

void Builder::note_block_word(std::uint32_t begin, std::uint32_t end) {
    if (is_template_) return;
    if (!blocks_.empty()) blocks_.back().last_item.reset();
    auto& words = tree_.block_words;
    if (words.size() > words_begin_ && words.back().begin >= begin) return;
    words.push_back(span(begin, end));
}

// ---- Parts on the stack ------------------------------------------------------------------------

void Builder::rewind(const Mark& mark) {
    parts_.resize(mark.parts);
    if (tree_.expressions.size() > mark.expressions) {
        tree_.expressions.resize(mark.expressions);
        depths_.resize(mark.expressions);
    }
    if (tree_.statements.size() > mark.statements) tree_.statements.resize(mark.statements);
}

void Builder::tag_since(std::size_t first, Tag tag) {
    for (std::size_t i = first; i < parts_.size(); ++i) {
        if (parts_[i].tag == Tag::none) parts_[i].tag = tag;
    }
}

namespace {

// The deepest of an expression's parts: calls `see` with each.
template <class See>
void each_child(const Expression& expression, See see) {
    const auto see_order = [&](const std::vector<OrderKey>& keys) {
        for (const OrderKey& key : keys) see(key.key);
    };
    struct Visitor {
        See& see;
        decltype(see_order)& order;
        void operator()(const Literal&) const {}
        void operator()(const NameUse&) const {}
        void operator()(const Text& text) const {
            for (const TextPiece& piece : text.pieces) {
                see(piece.expression);
                for (const TextFilter& filter : piece.filters)
                    for (const ExpressionIndex argument : filter.arguments) see(argument);
            }
        }
        void operator()(const Member& form) const { see(form.base); }
        void operator()(const CallExpression& form) const {
            for (const Argument& argument : form.arguments) see(argument.value);
        }
        void operator()(const Unary& form) const { see(form.operand); }
        void operator()(const Binary& form) const { see(form.left), see(form.right); }
        void operator()(const Between& form) const {
            see(form.value), see(form.low), see(form.high);
        }
        void operator()(const Presence& form) const { see(form.value); }
        void operator()(const OrDefault& form) const { see(form.value), see(form.fallback); }
        void operator()(const QueryExpression& form) const {
            see(form.limit), see(form.selected), see(form.percent);
            see(form.source), see(form.where);
            order(form.order);
        }
        void operator()(const ListLiteral& form) const {
            for (const ExpressionIndex item : form.items) see(item);
        }
        void operator()(const ObjectLiteral& form) const {
            for (const ObjectMember& member : form.members) see(member.value);
        }
        void operator()(const RangeExpression& form) const { see(form.first), see(form.last); }
        void operator()(const AsType& form) const { see(form.value); }
    };
    std::visit(Visitor{see, see_order}, expression.form);
}

}  // namespace

ExpressionIndex Builder::add_expression(Expression expression) {
    std::uint16_t depth = 0;
    each_child(expression, [&](ExpressionIndex child) {
        if (!is_none(child)) depth = std::max(depth, depths_[static_cast<std::uint32_t>(child)]);
    });
    ++depth;
    if (depth > limits::expression_depth_max) {
        const Span span = expression.span;
        fail({DiagnosticCode::nested_too_deep, span,
              "this expression joins more than " + std::to_string(limits::expression_depth_max) +
                  " parts one around the other",
              "give parts of it a name with `let` or `define`, or use `in [ … ]`"});
    }
    tree_.expressions.push_back(std::move(expression));
    depths_.push_back(depth);
    return static_cast<ExpressionIndex>(tree_.expressions.size() - 1);
}

void Builder::add_declaration(Declaration declaration) {
    tree_.declarations.push_back(std::move(declaration));
}

Builder::Nesting::Nesting(Builder& builder, std::uint32_t at, Depth kind)
    : depth_(kind == Depth::expression ? builder.expression_depth_ : builder.block_depth_) {
    const std::size_t depth_max =
        kind == Depth::expression ? limits::expression_depth_max : limits::block_depth_max;
    if (depth_ >= depth_max) {
        // What is too deep may be the end of the text.
        const auto end =
            std::min<std::uint32_t>(at + 1, static_cast<std::uint32_t>(builder.text_.size()));
        builder.fail({DiagnosticCode::nested_too_deep, builder.span(at, end),
                      std::string(kind == Depth::expression ? "expressions" : "blocks") +
                          " stand more than " + std::to_string(depth_max) +
                          " deep inside one another here"});
    }
    ++depth_;
}

// ---- Blocks ------------------------------------------------------------------------------------

void Builder::begin_declaration(std::uint32_t at) {
    declaration_before_ = declaration_at_;
    declaration_at_ = at;
    crossed_to_.reset();
    parts_.clear();
    blocks_.clear();
    suspicions_.clear();
    word_suspicion_.reset();
    dedent_.reset();
    broken_ = false;
    stopped_at_ = 0;
    takes_as_and_at = true;
    // A mistake inside leaves these as they were when it was thrown.
    expression_depth_ = 0;
    block_depth_ = 0;
}

void Builder::open_block(std::string_view word, std::uint32_t begin, std::uint32_t end) {
    OpenBlock& block = blocks_.emplace_back();
    block.word = word;
    block.span = span(begin, end);
    block.begins_line = begins_line(begin);
    block.indent = indent(begin);
}

void Builder::close_block(std::uint32_t end_at) {
    if (blocks_.empty()) return;
    const OpenBlock& block = blocks_.back();
    // An `end` at the left of its block is more likely that of a block around it.
    const bool is_indented = block.first_item_indent.value_or(0) > block.indent;
    if (!dedent_ && is_indented && begins_line(end_at) && indent(end_at) < block.indent)
        dedent_ = std::pair(block, end_at);
    last_closed_ = std::pair(block, end_at);
    blocks_.pop_back();
    suspicions_.clear();
}

void Builder::note_item(std::uint32_t at) {
    if (blocks_.empty() || !begins_line(at)) return;
    OpenBlock& block = blocks_.back();
    if (block.last_item != at) block.item_before = std::exchange(block.last_item, at);
    if (!block.first_item_indent) block.first_item_indent = indent(at);
    const bool is_indented = block.begins_line && *block.first_item_indent > block.indent;
    if (!dedent_ && is_indented && indent(at) <= block.indent) dedent_ = std::pair(block, at);
}

void Builder::note_clause(std::uint32_t at) {
    if (blocks_.empty() || !begins_line(at)) return;
    OpenBlock& block = blocks_.back();
    if (!block.clause_indent) block.clause_indent = indent(at);
    if (!block.deep_clause && indent(at) > *block.clause_indent) block.deep_clause = at;
}

bool Builder::goes_on(std::uint32_t at) const {
    if (!begins_line(at)) return false;
    if (blocks_.empty()) {
        const std::uint32_t begin = declaration_at_ == at ? declaration_before_ : declaration_at_;
        const bool is_open = is_of_class(word_at(begin), WordClass::declaration) &&
                             word_at(end_before(at) - std::min(end_before(at), 3u)) != "end";
        return begin != at && is_open && begins_line(begin) && indent(at) > indent(begin);
    }
    const OpenBlock& block = blocks_.back();
    const auto& item = block.last_item == at ? block.item_before : block.last_item;
    return item && indent(at) > indent(*item);
}

bool Builder::is_next_declaration(std::uint32_t at) const {
    if (blocks_.empty() || !begins_line(at)) return false;
    const OpenBlock& block = blocks_.back();
    if (!block.begins_line || indent(at) > block.indent) return false;
    if (!block.first_item_indent || *block.first_item_indent <= block.indent) return false;
    return is_of_class(word_at(at), WordClass::declaration);
}

bool Builder::is_keyword_instead_of_name(std::uint32_t at) const {
    if (!blocks_.empty() || is_template_ || at == declaration_at_ || !begins_line(at)) return false;
    if (!begins_line(declaration_at_) || indent(at) > indent(declaration_at_)) return false;
    const std::string_view keyword = word_at(at);
    if (!is_of_class(keyword, WordClass::declaration)) return false;
    auto next = static_cast<std::uint32_t>(at + keyword.size());
    while (next < text_.size() && text_[next] == ' ') ++next;
    const std::string_view word = word_at(next);
    // Otherwise the word is a value after all, which something follows.
    constexpr std::string_view following[] = {"where", "to", "with", "of", "by", "from", "because"};
    const bool is_name =
        !word.empty() && !is_of_class(word, WordClass::operator_) && !is_reserved(word) &&
        std::find(std::begin(following), std::end(following), word) == std::end(following);
    return is_name || (keyword == "test" && next < text_.size() && text_[next] == '"');
}

}  // namespace pawl::dsl
