#include "source_text.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

namespace apilab::arch {
namespace {

bool is_name_char(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) {
        text.remove_prefix(1);
    }
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) {
        text.remove_suffix(1);
    }
    return text;
}

// Where the literal or comment that starts at `at` ends, or nothing where none starts there.
std::optional<std::size_t> end_of_blank(std::string_view text, std::size_t at) {
    auto until = [&](std::string_view end, std::size_t from, bool inclusive) {
        const auto found = text.find(end, from);
        return found == std::string_view::npos ? text.size() : found + (inclusive ? end.size() : 0);
    };
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("//")) {
        return until("\n", at, false);
    }
    if (rest.starts_with("/*")) {
        return until("*/", at + 2, true);
    }
    if (rest.starts_with("R\"") && (at == 0 || !is_name_char(text[at - 1]))) {
        const auto open = text.find('(', at);
        if (open == std::string_view::npos) {
            return text.size();
        }
        return until(")" + std::string(text.substr(at + 2, open - at - 2)) + "\"", open, true);
    }
    const char quote = text[at];
    const bool digit_separator = quote == '\'' && at > 0 && is_name_char(text[at - 1]);
    if ((quote != '"' && quote != '\'') || digit_separator) {
        return std::nullopt;
    }
    std::size_t end = at + 1;
    while (end < text.size() && text[end] != quote && text[end] != '\n') {
        end += text[end] == '\\' ? 2 : 1;
    }
    return std::min(end + 1, text.size());
}

bool starts_with_word(std::string_view text, std::string_view word) {
    return text.starts_with(word) &&
           (text.size() == word.size() || !is_name_char(text[word.size()]));
}

// `rows[] = {` and `return {`.
bool starts_table(std::string_view head) {
    return head.ends_with('=') || head.ends_with("return");
}

enum class Block { scope, function, other };

// What a `{` in a namespace or type opens, by what stands before it.
Block classify(std::string_view head) {
    for (std::string_view word : {"namespace", "inline namespace", "extern"}) {
        if (starts_with_word(head, word) && head.find('(') == std::string_view::npos) {
            return Block::scope;
        }
    }
    if (head.ends_with('=') || head.ends_with(',')) {
        return Block::other;
    }
    if (starts_with_word(head, "template")) {
        // What is templated decides: skip to behind the matching `>`.
        std::size_t depth = 0;
        for (std::size_t at = head.find('<'); at < head.size(); ++at) {
            depth += head[at] == '<' ? 1U : 0U;
            if (head[at] == '>' && --depth == 0) {
                return classify(trimmed(head.substr(at + 1)));
            }
        }
    }
    for (std::string_view word : {"class", "struct", "union", "enum"}) {
        if (starts_with_word(head, word)) {
            return Block::scope;
        }
    }
    // Data has no parameter list, and an argument list is still open where the head ends with `(`.
    return head.find('(') == std::string_view::npos || head.ends_with('(') ? Block::other
                                                                           : Block::function;
}

}  // namespace

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        lines.push_back(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return lines;
}

std::size_t line_at(std::string_view text, std::size_t offset) {
    const auto before = text.substr(0, offset);
    return 1 + static_cast<std::size_t>(std::ranges::count(before, '\n'));
}

std::string code_only(std::string_view text) {
    std::string code(text);
    for (std::size_t at = 0; at < code.size();) {
        const auto end = end_of_blank(text, at);
        if (!end) {
            ++at;
            continue;
        }
        for (; at < *end; ++at) {
            if (code[at] != '\n') {
                code[at] = ' ';
            }
        }
    }
    return code;
}

std::vector<Include> includes_of(std::string_view text) {
    std::vector<Include> includes;
    const std::string code = code_only(text);
    std::size_t number = 0;
    for (std::string_view line : lines_of(text)) {
        ++number;
        const auto hash = static_cast<std::size_t>(line.data() - text.data()) +
                          std::min(line.find_first_not_of(" \t"), line.size());
        if (hash >= code.size() || code[hash] != '#') {
            continue;
        }
        line = trimmed(text.substr(hash + 1, line.size()));
        if (!line.starts_with("include")) {
            continue;
        }
        line = trimmed(line.substr(7));
        if (line.size() < 2 || (line.front() != '"' && line.front() != '<')) {
            continue;
        }
        const bool quoted = line.front() == '"';
        const auto end = line.find(quoted ? '"' : '>', 1);
        includes.push_back({number, std::string(line.substr(1, end - 1)), quoted});
    }
    return includes;
}

std::vector<std::size_t> find_name(std::string_view code, std::string_view name, bool call) {
    std::vector<std::size_t> found;
    for (auto at = code.find(name); at != std::string_view::npos; at = code.find(name, at + 1)) {
        const auto end = at + name.size();
        const char before = at > 0 ? code[at - 1] : ' ';
        const bool member = before == '.' || (before == '>' && at > 1 && code[at - 2] == '-');
        if (is_name_char(before) || member || (end < code.size() && is_name_char(code[end]))) {
            continue;
        }
        if (!call || trimmed(code.substr(end, 80)).starts_with('(')) {
            found.push_back(at);
        }
    }
    return found;
}

namespace {

class FunctionFinder {
public:
    explicit FunctionFinder(std::string_view code) : code_(code) {}

    std::vector<Function> run() {
        for (std::size_t at = 0; at < code_.size(); ++at) {
            if (code_[at] == '{') {
                open(at);
            } else if (code_[at] == '}' && !blocks_.empty()) {
                close(at);
            } else if (in_scope() && ends_declaration(at)) {
                head_ = at + 1;
            }
        }
        return std::move(functions_);
    }

private:
    struct Open {
        Block block = Block::other;
        std::size_t line = 0;
        bool table = false;
    };

    [[nodiscard]] bool in_scope() const {
        return blocks_.empty() || blocks_.back().block == Block::scope;
    }

    // What is between the end of the last declaration and `at`.
    [[nodiscard]] std::string_view head(std::size_t at) const {
        return trimmed(code_.substr(head_, at - head_));
    }

    void open(std::size_t at) {
        const std::string_view text = head(at);
        Open opened{in_scope() ? classify(text) : Block::other, line_at(code_, at), false};
        const bool in_table = !blocks_.empty() && blocks_.back().table;
        opened.table = in_table || (opened.block == Block::other && starts_table(text));
        if (opened.block == Block::function) {
            first_line_ = line_at(code_, static_cast<std::size_t>(text.data() - code_.data()));
            table_lines_ = 0;
        } else if (opened.block == Block::scope) {
            head_ = at + 1;
        }
        blocks_.push_back(opened);
    }

    void close(std::size_t at) {
        const Open closed = blocks_.back();
        blocks_.pop_back();
        const std::size_t line = line_at(code_, at);
        if (closed.table && (blocks_.empty() || !blocks_.back().table)) {
            table_lines_ += line - closed.line;
        }
        if (closed.block == Block::scope) {
            head_ = at + 1;
        }
        if (closed.block != Block::function) {
            return;
        }
        // The braces of an initialiser list are followed by more of the same function.
        const auto next = trimmed(code_.substr(at + 1, 200));
        if (!next.starts_with('{') && !next.starts_with(',')) {
            functions_.push_back({first_line_, line - first_line_ + 1 - table_lines_});
            head_ = at + 1;
        }
    }

    [[nodiscard]] bool ends_declaration(std::size_t at) const {
        if (code_[at] == ';') {
            return true;
        }
        if (code_[at] == '\n') {
            return head(at).starts_with('#');
        }
        const auto text = head(at);
        return code_[at] == ':' && (text == "public" || text == "private" || text == "protected");
    }

    std::string_view code_;
    std::vector<Open> blocks_;
    std::vector<Function> functions_;
    std::size_t head_ = 0;
    std::size_t first_line_ = 0;
    std::size_t table_lines_ = 0;
};

}  // namespace

std::vector<Function> functions_of(std::string_view code) {
    return FunctionFinder(code).run();
}

bool is_cpp(std::string_view path) {
    return path.ends_with(".cpp") || path.ends_with(".hpp");
}

bool is_test(std::string_view path) {
    // `foo_test.cpp`, and what only tests use: `foo_test_peer.hpp`, `test_client.hpp`.
    const auto name = path.substr(path.rfind('/') + 1);
    return path.starts_with("tests/") || name.ends_with("_test.cpp") || name.starts_with("test_") ||
           name.find("_test_") != std::string_view::npos;
}

}  // namespace apilab::arch
