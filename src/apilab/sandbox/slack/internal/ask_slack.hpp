#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "apilab/http/url.hpp"
#include "apilab/sandbox/internal/ask_provider.hpp"
#include "apilab/sandbox/slack/provider.hpp"

namespace apilab::sandbox::slack {

/// For tests: calls methods as a form and looks into what is answered.
class AskSlack : public ::testing::Test {
protected:
    http::Response call(std::string_view method, const std::string& form = "",
                        const std::string& token = "xoxb-stub") {
        http::Headers headers = {{"content-type", "application/x-www-form-urlencoded"}};
        if (!token.empty()) {
            headers.add("authorization", "Bearer " + token);
        }
        return ask.send("POST", "/api/" + std::string(method), headers, form);
    }
    static std::string error_of(const http::Response& answer) {
        EXPECT_EQ(answer.status(), 200);
        const auto document = http::JsonDocument::parse(answer.body());
        return std::string(document->root()["error"].string_or("none"));
    }
    std::string error(std::string_view method, const std::string& form = "",
                      const std::string& token = "xoxb-stub") {
        return error_of(call(method, form, token));
    }
    /// JSON text of what stands there.
    static std::string field(const http::Response& answer, std::string_view pointer) {
        const auto document = http::JsonDocument::parse(answer.body());
        return document->root().at_pointer(pointer).to_text();
    }
    static std::string text(const http::Response& answer, std::string_view pointer) {
        const auto document = http::JsonDocument::parse(answer.body());
        return std::string(document->root().at_pointer(pointer).string_or(""));
    }
    /// The `ts` of a message that is posted now.
    std::string post(const std::string& form) {
        return text(call("chat.postMessage", form), "/ts");
    }

    SlackProvider provider;
    AskProvider ask{provider};
};

}  // namespace apilab::sandbox::slack
