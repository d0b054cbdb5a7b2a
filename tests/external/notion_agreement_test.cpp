// What was recorded from Notion in July 2026, held against the emulated Notion: the same requests,
// one after the other, answered with the same status, headers that matter, names and types. What
// differs is in notion_differences.txt, with the reason; a line there that is not needed is an
// error.
//
// Out of scope, for the sandbox has none: views, page markdown, and the recording of another host.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <string>

#include "agreement/shapes.hpp"
#include "apilab/sandbox/internal/ask_provider.hpp"
#include "apilab/sandbox/notion/provider.hpp"
#include "external_data.hpp"

namespace apilab::sandbox::notion {
namespace {

using external::KnownDifferences;
using http::Json;
using http::JsonDocument;

constexpr std::string_view origin = "https://api.notion.com";

bool out_of_scope(std::string_view url) {
    return !url.starts_with(origin) || url.contains("/views") || url.contains("/markdown");
}

// An identifier: as a UUID with its dashes, or without.
std::size_t id_at(std::string_view text, std::size_t at) {
    std::size_t digits = 0;
    std::size_t length = 0;
    while (at + length < text.size() && digits < 32) {
        const char c = text[at + length];
        const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        if (!hex && (c != '-' || digits == 0)) {
            return 0;
        }
        digits += hex ? 1 : 0;
        ++length;
    }
    return digits == 32 ? length : 0;
}

std::string bare(std::string id) {
    std::erase(id, '-');
    return id;
}

// Answers as they were recorded name other things than ours; the ids of theirs become those of
// ours.
class Names {
public:
    Names(Json theirs, Json ours) { learn(theirs, ours); }
    Names() = default;
    void learn(Json theirs, Json ours) {
        const auto their_id = theirs["id"].string_or("");
        const auto our_id = ours["id"].string_or("");
        if (their_id.size() == 36 && our_id.size() == 36) {
            ids_[bare(std::string(their_id))] = our_id;
        }
        if (theirs.is_array()) {
            auto at = ours.elements().begin();
            for (const auto one : theirs.elements()) {
                if (at == ours.elements().end()) {
                    break;
                }
                learn(one, *at);
                ++at;
            }
        }
        for (const auto& [name, value] : theirs.members()) {
            learn(value, ours[name]);
        }
        if (const auto next = theirs["next_cursor"].string()) {
            ids_[bare(std::string(*next))] = ours["next_cursor"].string_or("");
        }
    }
    void set(std::string theirs, std::string ours) { ids_[std::move(theirs)] = std::move(ours); }
    [[nodiscard]] std::string ours(std::string_view text) const {
        std::string out;
        for (std::size_t i = 0; i < text.size();) {
            const auto length = id_at(text, i);
            const auto found =
                length == 0 ? ids_.end() : ids_.find(bare(std::string(text.substr(i, length))));
            out += found == ids_.end() ? std::string(text.substr(i, 1)) : found->second;
            i += found == ids_.end() ? 1 : length;
        }
        return out;
    }

private:
    std::map<std::string, std::string> ids_;
};

class Player {
public:
    Player() {
        provider_.reset();
        // The page that the recordings begin with, and whoever recorded them.
        names_.set("393abc1eedcd80f3813be205934558c6", home());
        names_.set("7775f3a3893f43fab625460c61094c78", bot());
    }
    void play(Json recorded, std::set<std::string>& differences) {
        const auto url = recorded["url"].string_or("");
        const auto answer = send(recorded);
        const auto operation = ask_.operation;
        const auto status = recorded["status"].integer().value_or(0);
        if (answer.status() != status) {
            differences.insert(
                fmt::format("{} status: {}, ours {}", operation, status, answer.status()));
            return;
        }
        for (const auto& [name, value] : recorded["response_headers"].members()) {
            if (name == "Content-Type" &&
                answer.headers().value("content-type") != value.string_or("")) {
                differences.insert(operation + " content-type");
            }
        }
        const auto ours = JsonDocument::parse(answer.body());
        ASSERT_TRUE(ours) << url;
        names_.learn(recorded["response_body"], ours->root());
        external::compare_shapes(recorded["response_body"], ours->root(), operation, differences);
    }

private:
    http::Response send(Json recorded) {
        const auto target = names_.ours(recorded["url"].string_or("").substr(origin.size()));
        http::Headers headers{{"notion-version", "2025-09-03"}};
        headers.add("authorization",
                    recorded["status"].integer() == 401 ? "Bearer other" : "Bearer ntn_stub");
        std::string type = "application/json";
        const auto body = recorded["request_body"];
        std::string text;
        if (const auto form = body.string()) {
            text = *form;
            type =
                "multipart/form-data; boundary=" +
                text.substr(2, text.find("\r\n") == std::string::npos ? 0 : text.find("\r\n") - 2);
        } else if (!body.is_null()) {
            text = names_.ours(body.to_text());
        }
        headers.add("content-type", type);
        return ask_.send(std::string(recorded["method"].string_or("GET")), target, headers, text);
    }
    std::string bot() { return id_in("/v1/users/me", "/id"); }
    std::string home() {
        return id_in("/v1/databases/" + database_id_for_tests(), "/parent/page_id");
    }
    std::string database_id_for_tests() {
        const auto found = ask_.send("POST", "/v1/search", headers_,
                                     R"({"filter":{"property":"object","value":"data_source"}})");
        const auto document = JsonDocument::parse(found.body());
        return std::string(
            document->root().at_pointer("/results/0/parent/database_id").string_or(""));
    }
    std::string id_in(const std::string& path, std::string_view pointer) {
        const auto document = JsonDocument::parse(ask_.get(path, headers_).body());
        return std::string(document->root().at_pointer(pointer).string_or(""));
    }

    NotionProvider provider_{{.burst = 100'000}};
    AskProvider ask_{provider_};
    http::Headers headers_{{"authorization", "Bearer ntn_stub"}, {"notion-version", "2025-09-03"}};
    Names names_;
};

TEST(NotionAgreement, recorded_exchanges_are_answered_alike) {
    const auto files = external::files_in("notion/cassettes");
    APILAB_SKIP_WITHOUT(files);
    KnownDifferences known(std::string(APILAB_SOURCE_DIR) +
                           "/tests/external/agreement/notion_differences.txt");
    std::size_t played = 0;
    for (const auto& file : files) {
        const auto cassette = external::json_of(file);
        Player player;
        for (const auto recorded : cassette.root().elements()) {
            if (out_of_scope(recorded["url"].string_or(""))) {
                continue;
            }
            std::set<std::string> differences;
            player.play(recorded, differences);
            ++played;
            for (const auto& difference : differences) {
                EXPECT_TRUE(known.known(difference)) << file.filename() << "\n" << difference;
            }
        }
    }
    EXPECT_GT(played, 150U);
    EXPECT_EQ(known.unused(), "") << "these are not needed";
}

// The document names 19 of the operations; its errors have a schema, its answers mostly none.
TEST(NotionAgreement, every_operation_of_the_openapi_document_is_there) {
    const auto files = external::files_in("notion");
    APILAB_SKIP_WITHOUT(files);
    const auto document = external::json_of(external::data_root() / "notion/notion-openapi.json");
    NotionProvider provider;
    const auto known = [&](std::string_view method, std::string_view path) {
        return std::ranges::any_of(provider.routes(), [&](const Route& route) {
            auto want = std::string(path);
            for (auto at = want.find('{'); at != std::string::npos; at = want.find('{', at + 1)) {
                want.replace(at, want.find('}', at) - at + 1,
                             want.contains("/properties/") && at > want.find("/properties/")
                                 ? "{property}"
                                 : "{id}");
            }
            return route.method == method && route.path_template == want;
        });
    };
    for (const auto& [path, operations] : document.root()["paths"].members()) {
        for (const auto& [method, operation] : operations.members()) {
            std::string upper(method);
            std::ranges::transform(upper, upper.begin(), [](char c) {
                return static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
            });
            EXPECT_TRUE(known(upper, path) || path.ends_with("/markdown"))
                << upper << " " << path << " (page markdown is not emulated)";
        }
    }
}

TEST(NotionAgreement, errors_have_the_schema_of_the_document) {
    const auto files = external::files_in("notion");
    APILAB_SKIP_WITHOUT(files);
    const auto document = external::json_of(external::data_root() / "notion/notion-openapi.json");
    const auto schema = document.root()["paths"]["/v1/search"]["post"]["responses"]["400"]
                                       ["content"]["application/json"]["schema"]["properties"];
    ASSERT_GT(schema.size(), 0U);
    const NotionProvider provider;
    for (const int status : {400, 401, 403, 404, 409, 429, 500, 503, 529}) {
        const auto body = JsonDocument::parse(provider.refuse({.status = status}, {}).body());
        for (const auto& [name, property] : schema.members()) {
            const auto wanted = property["type"].string_or("");
            EXPECT_EQ(external::type_of(body->root()[name]),
                      wanted == "integer" ? "number" : wanted)
                << status << " " << name;
        }
    }
}

}  // namespace
}  // namespace apilab::sandbox::notion
