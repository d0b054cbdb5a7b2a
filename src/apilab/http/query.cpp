#include "apilab/http/query.hpp"

#include <utility>

#include "apilab/http/url.hpp"

namespace apilab::http {
namespace {

// Parameters of `text` whose decoded name is not `name`, in order.
std::string without(std::string_view text, std::string_view name) {
    std::string kept;
    while (!text.empty()) {
        const auto size = text.find('&');
        const auto parameter = text.substr(0, size);
        text.remove_prefix(size == std::string_view::npos ? text.size() : size + 1);
        if (percent_decode(parameter.substr(0, parameter.find('='))) != name) {
            kept += kept.empty() ? "" : "&";
            kept += parameter;
        }
    }
    return kept;
}

}  // namespace

Query& Query::add(std::string_view name, std::string_view value) {
    separate();
    text_ += percent_encode(name) + "=" + percent_encode(value);
    return *this;
}

Query& Query::flag(std::string_view name) {
    separate();
    text_ += percent_encode(name);
    return *this;
}

Query& Query::set(std::string_view name, std::string_view value) {
    return remove(name).add(name, value);
}

Query& Query::remove(std::string_view name) {
    text_ = without(text_, name);
    return *this;
}

Query Query::of(std::string_view encoded) {
    Query query;
    query.text_ = encoded;
    return query;
}

void Query::add_element(std::string_view name, const std::string& value, Array& array) {
    const auto index = array.count++;
    switch (array.style) {
        case ArrayStyle::repeated:
            add(name, value);
            return;
        case ArrayStyle::brackets:
            add(std::string(name) + "[]", value);
            return;
        case ArrayStyle::indexed:
            add(std::string(name) + "[" + std::to_string(index) + "]", value);
            return;
        case ArrayStyle::comma:
        case ArrayStyle::space:
            if (index == 0) {
                add(name, value);
            } else {
                text_ += array.style == ArrayStyle::comma ? "," : "%20";
                text_ += percent_encode(value);
            }
            return;
    }
    std::unreachable();
}

void Query::separate() {
    if (!text_.empty()) {
        text_ += '&';
    }
}

}  // namespace apilab::http
