#include "apilab/sandbox/google/internal/fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>
#include <vector>

namespace apilab::sandbox::google {
namespace {

namespace json = boost::json;

constexpr int depth_max = 20;

struct Field {
    std::string name;
    std::vector<Field> below;
};

// `a,b/c(d)`, up to a closing bracket or the end; false where it cannot be read.
bool read_list(std::string_view& text, std::vector<Field>& fields, int depth);

bool read_field(std::string_view& text, std::vector<Field>& fields, int depth) {
    const auto end = std::min(text.find_first_of(",/()"), text.size());
    if (end == 0 || depth > depth_max) {
        return false;
    }
    Field field{.name = std::string(text.substr(0, end))};
    text.remove_prefix(end);
    if (text.starts_with('/')) {
        text.remove_prefix(1);
        if (!read_field(text, field.below, depth + 1)) {
            return false;
        }
    } else if (text.starts_with('(')) {
        text.remove_prefix(1);
        if (!read_list(text, field.below, depth + 1) || !text.starts_with(')')) {
            return false;
        }
        text.remove_prefix(1);
    }
    fields.push_back(std::move(field));
    return true;
}

bool read_list(std::string_view& text, std::vector<Field>& fields, int depth) {
    while (read_field(text, fields, depth)) {
        if (!text.starts_with(',')) {
            return true;
        }
        text.remove_prefix(1);
    }
    return false;
}

json::value kept(const json::value& whole, const std::vector<Field>& fields) {
    if (fields.empty()) {
        return whole;
    }
    if (whole.is_array()) {
        json::array all;
        for (const auto& one : whole.as_array()) {
            all.push_back(kept(one, fields));
        }
        return all;
    }
    json::object object;
    if (whole.is_object()) {
        for (const auto& [name, value] : whole.as_object()) {
            const auto field = std::ranges::find_if(fields, [&](const Field& one) {
                return one.name == "*" || one.name == std::string_view(name);
            });
            if (field != fields.end()) {
                object[name] = kept(value, field->below);
            }
        }
    }
    return object;
}

void write(const json::value& value, std::size_t indent, std::string& text) {
    const bool list = value.is_array();
    const bool empty =
        (list && value.as_array().empty()) || (value.is_object() && value.as_object().empty());
    if ((!list && !value.is_object()) || empty) {
        text += json::serialize(value);
        return;
    }
    const std::string margin(indent + 2, ' ');
    std::string_view between;
    text += list ? "[\n" : "{\n";
    const auto line = [&](const json::value& one, std::string_view name) {
        text += between;
        text += margin;
        if (!list) {
            text += json::serialize(json::string(name)) + ": ";
        }
        write(one, indent + 2, text);
        between = ",\n";
    };
    if (list) {
        for (const auto& one : value.as_array()) {
            line(one, {});
        }
    } else {
        for (const auto& [name, one] : value.as_object()) {
            line(one, name);
        }
    }
    text += "\n" + std::string(indent, ' ') + (list ? "]" : "}");
}

}  // namespace

std::expected<json::value, std::string> select_fields(const json::value& whole,
                                                      std::string_view fields) {
    std::vector<Field> wanted;
    auto rest = fields;
    if (!read_list(rest, wanted, 0) || !rest.empty()) {
        return std::unexpected(fmt::format("Invalid field selection {}", fields));
    }
    return kept(whole, wanted);
}

std::string pretty(const json::value& value) {
    std::string text;
    write(value, 0, text);
    return text + "\n";
}

}  // namespace apilab::sandbox::google
