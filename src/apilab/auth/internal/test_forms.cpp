#include "apilab/auth/internal/test_forms.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "apilab/base/base64.hpp"
#include "apilab/http/url.hpp"

namespace apilab::auth::test {
namespace {

std::vector<std::pair<std::string, std::string>> fields_of(std::string_view form) {
    std::vector<std::pair<std::string, std::string>> fields;
    while (!form.empty()) {
        const auto field = form.substr(0, form.find('&'));
        form.remove_prefix(std::min(field.size() + 1, form.size()));
        const auto equals = field.find('=');
        fields.emplace_back(http::percent_decode(field.substr(0, equals)),
                            http::percent_decode(field.substr(equals + 1)));
    }
    return fields;
}

}  // namespace

std::string field_of(const http::Request& request, std::string_view name) {
    std::string found = "(none)";
    for (const auto& [key, value] : fields_of(request.body())) {
        if (key == name) {
            found = found == "(none)" ? value : "(twice)";
        }
    }
    return found;
}

std::string field_names(const http::Request& request) {
    std::string names;
    for (const auto& [key, value] : fields_of(request.body())) {
        names += (names.empty() ? "" : " ") + key;
    }
    return names;
}

http::JsonDocument claims_of(std::string_view jwt) {
    const auto first = jwt.find('.');
    const auto text = base64url_decode(jwt.substr(first + 1, jwt.rfind('.') - first - 1));
    auto document = http::JsonDocument::parse(text.value_or("null"));
    EXPECT_TRUE(document) << jwt;
    return document ? *std::move(document) : http::JsonDocument::parse("null").value();
}

}  // namespace apilab::auth::test
