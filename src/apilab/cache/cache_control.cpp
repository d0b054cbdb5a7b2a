#include "apilab/cache/cache_control.hpp"

#include <algorithm>
#include <utility>

#include "apilab/base/ascii.hpp"

namespace apilab::cache {
namespace {

bool is_space(char c) {
    return c == ' ' || c == '\t';
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_space(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_space(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

struct Directive {
    std::string name;  // in lower case
    std::optional<std::string> value;
};

// Reads `name`, `name=token` and `name="quoted \" text"`, one after the other.
class Directives {
public:
    explicit Directives(std::string_view text) : rest_(text) {}

    std::optional<Directive> next() {
        while (!rest_.empty() && (is_space(rest_.front()) || rest_.front() == ',')) {
            rest_.remove_prefix(1);
        }
        if (rest_.empty()) {
            return std::nullopt;
        }
        const auto end = rest_.find_first_of("=,");
        Directive directive{.name = ascii_lowered(trimmed(rest_.substr(0, end))), .value = {}};
        rest_.remove_prefix(std::min(end, rest_.size()));
        if (rest_.starts_with('=')) {
            rest_.remove_prefix(1);
            directive.value = value();
        }
        return directive;
    }

private:
    std::string value() {
        while (!rest_.empty() && is_space(rest_.front())) {
            rest_.remove_prefix(1);
        }
        std::string text = rest_.starts_with('"') ? quoted() : std::string();
        const auto end = std::min(rest_.find(','), rest_.size());
        text += trimmed(rest_.substr(0, end));  // behind a quoted text: garbage, and kept as such
        rest_.remove_prefix(end);
        return text;
    }
    std::string quoted() {
        std::string text;
        rest_.remove_prefix(1);
        while (!rest_.empty() && rest_.front() != '"') {
            if (rest_.front() == '\\' && rest_.size() > 1) {
                rest_.remove_prefix(1);
            }
            text += rest_.front();
            rest_.remove_prefix(1);
        }
        if (!rest_.empty()) {
            rest_.remove_prefix(1);
        }
        return text;
    }

    std::string_view rest_;
};

// Of several, the smaller; of what is no number, `unreadable`.
void take_smaller(std::optional<seconds>& into, const Directive& directive, seconds unreadable) {
    const auto said = parse_delta_seconds(directive.value.value_or("")).value_or(unreadable);
    into = into ? std::min(*into, said) : said;
}

void add_names(std::vector<std::string>& names, std::string_view list) {
    while (!list.empty() && names.size() < field_names_max) {
        const auto end = std::min(list.find(','), list.size());
        if (const auto name = trimmed(list.substr(0, end)); !name.empty()) {
            names.push_back(ascii_lowered(name));
        }
        list.remove_prefix(std::min(end + 1, list.size()));
    }
}

// False: the lines are longer than anybody means them.
template <class Take>
bool each_directive(const http::Headers& headers, const Take& take) {
    std::size_t size = 0;
    for (const auto& [name, line] : headers) {
        if (!http::iequals(name, "cache-control")) {
            continue;
        }
        size += line.size();
        if (size > cache_control_size_max) {
            return false;
        }
        Directives directives(line);
        while (const auto directive = directives.next()) {
            take(*directive);
        }
    }
    return true;
}

void take(ResponseDirectives& all, const Directive& one) {
    const std::string_view name = one.name;
    if (name == "no-store") {
        all.no_store = true;
    } else if (name == "no-cache") {
        one.value ? add_names(all.no_cache_fields, *one.value) : void(all.no_cache = true);
    } else if (name == "must-revalidate") {
        all.must_revalidate = true;
    } else if (name == "must-understand") {
        all.must_understand = true;
    } else if (name == "private") {
        all.is_private = true;
    } else if (name == "public") {
        all.is_public = true;
    } else if (name == "immutable") {
        all.immutable = true;
    } else if (name == "max-age") {
        take_smaller(all.max_age, one, seconds(0));
    } else if (name == "stale-while-revalidate") {
        take_smaller(all.stale_while_revalidate, one, seconds(0));
    } else if (name == "stale-if-error") {
        take_smaller(all.stale_if_error, one, seconds(0));
    }
}

void take(RequestDirectives& all, const Directive& one) {
    const std::string_view name = one.name;
    if (name == "no-store") {
        all.no_store = true;
    } else if (name == "no-cache") {
        all.no_cache = true;
    } else if (name == "only-if-cached") {
        all.only_if_cached = true;
    } else if (name == "max-age") {
        take_smaller(all.max_age, one, seconds(0));
    } else if (name == "min-fresh") {
        const auto said = parse_delta_seconds(one.value.value_or("")).value_or(seconds_max);
        all.min_fresh = std::max(all.min_fresh.value_or(seconds(0)), said);
    } else if (name == "max-stale") {
        one.value ? take_smaller(all.max_stale, one, seconds(0))
                  : void(all.max_stale = all.max_stale.value_or(seconds_max));
    } else if (name == "stale-if-error") {
        take_smaller(all.stale_if_error, one, seconds(0));
    }
}

}  // namespace

std::optional<seconds> parse_delta_seconds(std::string_view text) {
    if (text.empty() || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) {
        return std::nullopt;
    }
    seconds value(0);
    for (const char c : text) {
        value = std::min(value * 10 + seconds(c - '0'), seconds_max);
    }
    return value;
}

ResponseDirectives ResponseDirectives::parse(const http::Headers& headers) {
    ResponseDirectives all;
    if (!each_directive(headers, [&](const Directive& one) { take(all, one); })) {
        all.no_store = true;
        all.must_understand = false;
    }
    return all;
}

RequestDirectives RequestDirectives::parse(const http::Headers& headers) {
    RequestDirectives all;
    if (headers.empty()) {
        return all;
    }
    if (!each_directive(headers, [&](const Directive& one) { take(all, one); })) {
        all.no_store = true;
    }
    if (!headers.contains("cache-control")) {
        all.no_cache = ascii_lowered(headers.value("pragma")).contains("no-cache");
    }
    return all;
}

std::optional<seconds> parse_age(const http::Headers& headers) {
    const std::string_view line = headers.value("age");
    return parse_delta_seconds(trimmed(line.substr(0, line.find(','))));
}

std::vector<std::string> parse_vary(const http::Headers& headers) {
    std::vector<std::string> names;
    for (const auto line : headers.get_all("vary")) {
        add_names(names, line);
    }
    const bool unclear =
        names.size() >= field_names_max || std::ranges::any_of(names, [](const std::string& name) {
            return name == "*" || !http::valid_field_name(name);
        });
    if (unclear) {
        return {"*"};
    }
    std::ranges::sort(names);
    names.erase(std::ranges::unique(names).begin(), names.end());
    return names;
}

}  // namespace apilab::cache
