#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <tuple>

#include "apilab/base/ascii.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"
#include "deploy/project.hpp"

namespace apilab::cli::deploy {
namespace {

Error not_readable(std::size_t line, std::string_view why) {
    return Error(ErrorKind::decode, std::string(why)).with_detail(std::to_string(line));
}

std::string below(const std::string& prefix, std::string_view name) {
    return prefix.empty() ? std::string(name) : fmt::format("{}.{}", prefix, name);
}

void flatten(const toml::node& node, const std::string& key, Settings& into) {
    if (const auto* table = node.as_table()) {
        for (const auto& [name, value] : *table) {
            flatten(value, below(key, name.str()), into);
        }
        return;
    }
    if (const auto* array = node.as_array()) {
        for (std::size_t i = 0; i < array->size(); ++i) {
            flatten((*array)[i], fmt::format("{}[{}]", key, i), into);
        }
        return;
    }
    Setting setting{.key = key, .line = node.source().begin.line, .quoted = node.is_string()};
    if (const auto text = node.value_exact<std::string>()) {
        setting.value = *text;
    } else if (const auto whole = node.value_exact<std::int64_t>()) {
        setting.value = std::to_string(*whole);
    } else if (const auto flag = node.value_exact<bool>()) {
        setting.value = *flag ? "true" : "false";
    } else if (const auto number = node.value_exact<double>()) {
        setting.value = fmt::format("{}", *number);
    }
    into.all.push_back(std::move(setting));
}

// Values of a document do not know where they stand. Names do: they come in the document's order.
class JsonWalk {
public:
    JsonWalk(std::string_view text, Settings& into) : text_(text), into_(into) {}

    void walk(const http::Json& value, const std::string& key) {
        if (value.is_object()) {
            for (const auto& [name, member] : value.members()) {
                seek(name);
                walk(member, below(key, name));
            }
            return;
        }
        if (value.is_array()) {
            std::size_t i = 0;
            for (const auto& element : value.elements()) {
                walk(element, fmt::format("{}[{}]", key, i++));
            }
            return;
        }
        const auto text = value.string();
        into_.all.push_back({.key = key,
                             .value = text ? std::string(*text) : value.to_text(),
                             .line = line_,
                             .quoted = text.has_value()});
    }

private:
    void seek(std::string_view name) {
        const auto found = text_.find(http::json_quote(name), at_);
        if (found != std::string_view::npos) {
            line_ +=
                static_cast<std::size_t>(std::ranges::count(text_.substr(at_, found - at_), '\n'));
            at_ = found;
        }
    }

    std::string_view text_;
    Settings& into_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
};

// `services[2].http_checks[0].path` is like `services[].http_checks[].path`.
std::string without_numbers(std::string_view key) {
    std::string plain;
    bool inside = false;
    for (const char c : key) {
        inside = c == '[' || (inside && c != ']');
        if (!inside || c == '[') {
            plain += c;
        }
    }
    return plain;
}

std::string_view trimmed(std::string_view text) {
    const auto from = text.find_first_not_of(" \t\r");
    if (from == std::string_view::npos) {
        return {};
    }
    return text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

}  // namespace

const Setting* Settings::find(std::string_view key) const {
    const auto found = std::ranges::find(all.rbegin(), all.rend(), key, &Setting::key);
    return found == all.rend() ? nullptr : &*found;
}

std::vector<const Setting*> Settings::like(std::string_view key) const {
    std::vector<const Setting*> found;
    for (const auto& setting : all) {
        if (without_numbers(setting.key) == key) {
            found.push_back(&setting);
        }
    }
    return found;
}

bool Settings::has(std::string_view key) const {
    return std::ranges::any_of(all, [&](const Setting& setting) {
        return setting.key.starts_with(key) &&
               (setting.key.size() == key.size() || setting.key[key.size()] == '.' ||
                setting.key[key.size()] == '[');
    });
}

Result<Settings> parse_toml(std::string file, std::string_view text) {
    try {
        const auto table = toml::parse(text);
        Settings settings{.file = std::move(file)};
        flatten(table, "", settings);
        std::ranges::sort(settings.all, [](const Setting& a, const Setting& b) {
            return std::tie(a.line, a.key) < std::tie(b.line, b.key);
        });
        return settings;
    } catch (const toml::parse_error& error) {
        return fail(not_readable(error.source().begin.line, std::string(error.description())));
    }
}

Result<Settings> parse_json(std::string file, std::string_view text) {
    const auto document = http::JsonDocument::parse(text);
    if (!document) {
        return fail(not_readable(1, document.error().message()));
    }
    if (!document->root().is_object()) {
        return fail(not_readable(1, "it has to be an object"));
    }
    Settings settings{.file = std::move(file)};
    JsonWalk(text, settings).walk(document->root(), "");
    return settings;
}

Result<Settings> parse_unit(std::string file, std::string_view text) {
    Settings settings{.file = std::move(file)};
    std::string section;
    std::string line;
    std::size_t number = 0;
    std::size_t begun = 1;
    for (std::string_view rest = text; !rest.empty();) {
        const auto end = std::min(rest.find('\n'), rest.size());
        auto part = trimmed(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        ++number;
        if (line.empty()) {
            begun = number;
        }
        if (part.empty() || part.starts_with('#') || part.starts_with(';')) {
            continue;  // also between the lines of one value (systemd.syntax)
        }
        const bool goes_on = part.ends_with('\\');
        part.remove_suffix(goes_on ? 1 : 0);
        line += part;
        if (goes_on) {
            line += ' ';
            continue;
        }
        if (line.starts_with('[') && line.ends_with(']')) {
            section = line.substr(1, line.size() - 2);
        } else if (const auto equals = line.find('='); equals != std::string::npos) {
            settings.all.push_back(
                {.key = below(section, trimmed(std::string_view(line).substr(0, equals))),
                 .value = std::string(trimmed(std::string_view(line).substr(equals + 1))),
                 .line = begun});
        } else {
            return fail(not_readable(begun, "neither [Section] nor Name=value"));
        }
        line.clear();
    }
    return settings;
}

}  // namespace apilab::cli::deploy
