#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "apilab/sandbox/github/provider.hpp"
#include "apilab/sandbox/internal/ask_provider.hpp"
#include "apilab/sandbox/world.hpp"

namespace apilab::sandbox::github {

/// A provider over the built-in world, asked by the user `octo`.
class GitHubTest : public ::testing::Test {
protected:
    GitHubProvider provider{make_world().value().github};
    AskProvider ask{provider};
    http::JsonDocument keep = http::JsonDocument::parse("null").value();
    http::Headers headers{{"authorization", "Bearer ghp_stubtoken"}};
    std::string hello = "/repos/octo/hello";

    http::Response get(std::string_view target) { return ask.get(target, headers); }
    http::Response send(std::string method, std::string_view target, std::string body = "{}") {
        return ask.send(std::move(method), target, headers, std::move(body));
    }
    /// The body; valid until the next call.
    http::Json json(const http::Response& reply) { return parsed(reply, keep); }
    /// A member of each entry, of text or number.
    std::vector<std::string> column(const http::Response& reply, std::string_view name) {
        std::vector<std::string> out;
        const auto root = json(reply);
        for (const auto entry : (root.is_array() ? root : root["items"]).elements()) {
            const auto number = entry[name].integer();
            out.push_back(number ? std::to_string(*number)
                                 : std::string(entry[name].string_or("")));
        }
        return out;
    }
    /// `field code` of the first error, of a 422.
    std::string error_of(const http::Response& reply) {
        const auto first = json(reply)["errors"].at_pointer("/0");
        return std::string(first["resource"].string_or("?")) + "." +
               std::string(first["field"].string_or("?")) + " " +
               std::string(first["code"].string_or("?"));
    }
};

}  // namespace apilab::sandbox::github
