#include "apilab/http/link.hpp"

#include <algorithm>

#include "apilab/base/ascii.hpp"

namespace apilab::http {
namespace {

constexpr std::size_t links_max = 64;
constexpr std::size_t params_max = 32;

class Cursor {
public:
    explicit Cursor(std::string_view text) : rest_(text) {}

    [[nodiscard]] bool done() const { return rest_.empty(); }
    void skip_space() {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size()));
    }
    bool take(char c) {
        if (!rest_.starts_with(c)) {
            return false;
        }
        rest_.remove_prefix(1);
        return true;
    }
    /// Everything up to one of `stops`, which is left.
    std::string_view until(std::string_view stops) {
        const auto end = std::min(rest_.find_first_of(stops), rest_.size());
        const auto text = rest_.substr(0, end);
        rest_.remove_prefix(end);
        return text;
    }
    /// After the opening quote: the text to the closing one, with `\x` undone; nothing if unclosed.
    std::optional<std::string> quoted() {
        std::string text;
        while (!rest_.empty()) {
            const char c = rest_.front();
            rest_.remove_prefix(1);
            if (c == '"') {
                return text;
            }
            if (c == '\\' && !rest_.empty()) {
                text += rest_.front();
                rest_.remove_prefix(1);
            } else {
                text += c;
            }
        }
        return std::nullopt;
    }

private:
    std::string_view rest_;
};

std::string_view right_trimmed(std::string_view text) {
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
        text.remove_suffix(1);
    }
    return text;
}

bool parse_param(Cursor& cursor, Link& link) {
    cursor.skip_space();
    const auto name = right_trimmed(cursor.until("=;,"));
    std::string value;
    if (cursor.take('=')) {
        cursor.skip_space();
        if (cursor.take('"')) {
            auto text = cursor.quoted();
            if (!text) {
                return false;
            }
            value = std::move(*text);
        } else {
            value = right_trimmed(cursor.until(";,"));
        }
    }
    if (!name.empty()) {
        link.params.emplace_back(ascii_lowered(name), std::move(value));
    }
    cursor.skip_space();
    return true;
}

std::optional<Link> parse_one(Cursor& cursor) {
    if (!cursor.take('<')) {
        return std::nullopt;
    }
    Link link;
    link.target = cursor.until(">");
    if (!cursor.take('>')) {
        return std::nullopt;
    }
    cursor.skip_space();
    while (cursor.take(';')) {
        if (link.params.size() == params_max || !parse_param(cursor, link)) {
            return std::nullopt;
        }
    }
    return link;
}

}  // namespace

bool Link::has(std::string_view name) const {
    return std::ranges::any_of(params, [&](const auto& param) { return param.first == name; });
}

bool Link::has_rel(std::string_view relation) const {
    // RFC 8288 section 3.3: only the first `rel` counts.
    const auto rel =
        std::ranges::find(params, "rel", [](const auto& param) { return param.first; });
    if (rel == params.end() || relation.empty()) {
        return false;
    }
    std::string_view types = rel->second;
    while (!types.empty()) {
        const auto end = std::min(types.find(' '), types.size());
        if (iequals(types.substr(0, end), relation)) {
            return true;
        }
        types.remove_prefix(std::min(end + 1, types.size()));
    }
    return false;
}

std::vector<Link> parse_link(std::string_view field) {
    std::vector<Link> links;
    Cursor cursor(field);
    cursor.skip_space();
    while (!cursor.done() && links.size() < links_max) {
        if (cursor.take(',')) {  // empty list elements are legal
            cursor.skip_space();
            continue;
        }
        auto link = parse_one(cursor);
        if (!link) {
            break;
        }
        links.push_back(std::move(*link));
        cursor.skip_space();
        if (!cursor.done() && !cursor.take(',')) {
            break;
        }
        cursor.skip_space();
    }
    return links;
}

std::optional<std::string> find_link(const Headers& headers, std::string_view relation) {
    for (const auto field : headers.get_all("link")) {
        for (auto& link : parse_link(field)) {
            // With an anchor the link is about another resource than the one that was asked for.
            if (link.has_rel(relation) && !link.has("anchor")) {
                return std::move(link.target);
            }
        }
    }
    return std::nullopt;
}

}  // namespace apilab::http
