#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "apilab/sandbox/google/provider.hpp"
#include "apilab/sandbox/internal/ask_provider.hpp"

namespace apilab::sandbox::google {

/// For tests: asks the emulated Gmail with an access token of the seed consent.
class GoogleWorld : public ::testing::Test {
protected:
    http::Response send(std::string method, const std::string& path, std::string body = {},
                        http::Headers headers = {}) {
        headers.add("authorization", "Bearer " + token());
        if (!headers.contains("content-type")) {
            headers.add("content-type", "application/json");
        }
        return ask.send(std::move(method), path, headers, std::move(body));
    }
    http::Response call(std::string method, const std::string& path, std::string body = {}) {
        return send(std::move(method), "/gmail/v1/users/me" + path, std::move(body));
    }
    http::Response get(const std::string& path) { return call("GET", path); }
    std::string token() {
        if (token_.empty()) {
            token_ = text(
                ask.send("POST", "/token", {{"content-type", "application/x-www-form-urlencoded"}},
                         "grant_type=refresh_token&client_id=cid&client_secret=sec&"
                         "refresh_token=seed-refresh-token"),
                "/access_token");
        }
        return token_;
    }
    static std::string text(const http::Response& answer, std::string_view pointer) {
        const auto document = http::JsonDocument::parse(answer.body());
        return document ? std::string(document->root().at_pointer(pointer).string_or("none"))
                        : "no JSON";
    }
    static std::size_t size(const http::Response& answer, std::string_view pointer) {
        return http::JsonDocument::parse(answer.body())->root().at_pointer(pointer).size();
    }
    static std::string reason(const http::Response& answer) {
        return text(answer, "/error/errors/0/reason");
    }
    std::string first_id() { return text(get("/messages?maxResults=1"), "/messages/0/id"); }

    GoogleProvider provider;
    AskProvider ask{provider};

private:
    std::string token_;
};

}  // namespace apilab::sandbox::google
