// The emulated Gmail held against its discovery document: every operation but those that
// gmail_operations.txt names with a reason, and in every answer only members that the schema has,
// of its types. And mails written by others, read as derived-messages has them.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "agreement/shapes.hpp"
#include "apilab/sandbox/google/mail.hpp"
#include "apilab/sandbox/google/provider.hpp"
#include "apilab/sandbox/internal/ask_provider.hpp"
#include "external_data.hpp"

namespace apilab::sandbox::google {
namespace {

using external::KnownDifferences;
using http::Json;
using http::JsonDocument;

class GmailAgreement : public ::testing::Test {
protected:
    void SetUp() override {
        files_ = external::files_in("gmail");
        APILAB_SKIP_WITHOUT(files_);
        discovery_ = external::json_of(external::data_root() / "gmail/gmail.v1.discovery.json");
    }
    http::Response call(std::string method, const std::string& path, std::string body = {}) {
        if (token_.empty()) {
            const auto answer =
                ask_.send("POST", "/token", {{"content-type", "application/x-www-form-urlencoded"}},
                          "grant_type=refresh_token&client_id=cid&client_secret=sec&"
                          "refresh_token=seed-refresh-token");
            token_ = JsonDocument::parse(answer.body())->root()["access_token"].string_or("");
        }
        return ask_.send(
            std::move(method), "/gmail/v1/users/me" + path,
            {{"authorization", "Bearer " + token_}, {"content-type", "application/json"}},
            std::move(body));
    }
    // Each member is one of the schema's, and of its type.
    void hold(Json value, std::string_view schema_name, const std::string& path) {
        const auto properties = discovery_.root()["schemas"][schema_name]["properties"];
        ASSERT_GT(properties.size(), 0U) << schema_name;
        for (const auto& [name, one] : value.members()) {
            const auto property = properties[name];
            EXPECT_FALSE(property.missing()) << path << "/" << name << " is not in " << schema_name;
            hold_one(one, property, path + "/" + std::string(name));
        }
    }
    void hold_one(Json value, Json property, const std::string& path) {
        if (const auto other = property["$ref"].string()) {
            hold(value, *other, path);
            return;
        }
        const auto type = property["type"].string_or("");
        EXPECT_EQ(external::type_of(value), type == "integer" ? "number" : type) << path;
        if (property["format"].string_or("").contains("int") && type == "string") {
            const auto text = value.string_or("");
            EXPECT_EQ(text.find_first_not_of("0123456789"), std::string_view::npos) << path;
        }
        for (const auto item : value.elements()) {
            hold_one(item, property["items"], path + "/*");
        }
    }
    void answer_is(const http::Response& answer, std::string_view schema, const std::string& what) {
        ASSERT_EQ(answer.status(), 200) << what << answer.body();
        const auto document = JsonDocument::parse(answer.body());
        ASSERT_GT(document->root().size(), 0U);
        hold(document->root(), schema, what);
    }
    static std::string text(const http::Response& answer, std::string_view pointer) {
        const auto document = JsonDocument::parse(answer.body());
        return std::string(document->root().at_pointer(pointer).string_or(""));
    }

    std::vector<std::filesystem::path> files_;
    JsonDocument discovery_ = JsonDocument::parse("null").value();
    GoogleProvider provider_;
    AskProvider ask_{provider_};
    std::string token_;
};

TEST_F(GmailAgreement, answers_have_the_names_and_types_of_the_schemas) {
    const auto start = text(call("GET", "/profile"), "/historyId");
    answer_is(call("GET", "/profile"), "Profile", "profile");
    answer_is(call("GET", "/messages?maxResults=3"), "ListMessagesResponse", "messages");
    const auto attached = text(call("GET", "/messages?q=has:attachment"), "/messages/0/id");
    for (const auto* format : {"minimal", "full", "raw", "metadata"}) {
        answer_is(call("GET", "/messages/" + attached + "?format=" + format), "Message", format);
    }
    const auto attachment =
        text(call("GET", "/messages/" + attached), "/payload/parts/2/body/attachmentId");
    answer_is(call("GET", "/messages/" + attached + "/attachments/" + attachment),
              "MessagePartBody", "attachment");
    const std::string add = R"({"addLabelIds":["STARRED"]})";
    answer_is(call("POST", "/messages/" + attached + "/modify", add), "Message", "modify");
    answer_is(call("POST", "/messages/" + attached + "/trash"), "Message", "trash");
    const auto raw = R"("raw":")" + base64url_encode("To: a@x.example\r\n\r\nx") + "\"";
    answer_is(call("POST", "/messages/send", "{" + raw + "}"), "Message", "send");
    answer_is(call("POST", "/messages/import", "{" + raw + "}"), "Message", "import");
    const auto draft = call("POST", "/drafts", R"({"message":{)" + raw + "}}");
    answer_is(draft, "Draft", "draft");
    answer_is(call("GET", "/drafts/" + text(draft, "/id")), "Draft", "draft");
    answer_is(call("GET", "/drafts"), "ListDraftsResponse", "drafts");
    answer_is(call("GET", "/threads?maxResults=3"), "ListThreadsResponse", "threads");
    const auto thread = text(call("GET", "/threads"), "/threads/3/id");
    answer_is(call("GET", "/threads/" + thread), "Thread", "thread");
    answer_is(call("POST", "/threads/" + thread + "/modify", add), "Thread", "thread");
    const auto label = call("POST", "/labels",
                            R"({"name":"L","color":{"textColor":"#000000",)"
                            R"("backgroundColor":"#ffffff"}})");
    answer_is(label, "Label", "label");
    answer_is(call("GET", "/labels/" + text(label, "/id")), "Label", "label");
    answer_is(call("GET", "/labels"), "ListLabelsResponse", "labels");
    (void)call("DELETE", "/messages/" + attached);
    answer_is(call("GET", "/history?startHistoryId=" + start), "ListHistoryResponse", "history");
    answer_is(call("POST", "/watch", R"({"topicName":"projects/p/topics/t"})"), "WatchResponse",
              "watch");
}

TEST_F(GmailAgreement, every_operation_is_there_but_those_with_a_reason) {
    KnownDifferences known(std::string(APILAB_SOURCE_DIR) +
                           "/tests/external/agreement/gmail_operations.txt");
    std::vector<Json> open = {discovery_.root()};
    std::size_t methods = 0;
    while (!open.empty()) {
        const auto resource = open.back();
        open.pop_back();
        for (const auto& [name, inner] : resource["resources"].members()) {
            open.push_back(inner);
        }
        for (const auto& [name, method] : resource["methods"].members()) {
            ++methods;
            const auto id = std::string(method["id"].string_or(""));
            const auto path = "/" + std::string(method["path"].string_or(""));
            const bool there = std::ranges::any_of(provider_.routes(), [&](const Route& route) {
                return route.method == method["httpMethod"].string_or("") &&
                       route.path_template == path;
            });
            EXPECT_TRUE(there || known.known(id)) << id;
        }
    }
    EXPECT_GT(methods, 70U);
    EXPECT_EQ(known.unused(), "") << "these are not needed";
}

// The same tree: types, names, sizes and contents of parts. Derived by Python's parser, not Gmail.
void compare_parts(Json theirs, Json ours, const std::string& path,
                   std::set<std::string>& differences) {
    for (const auto* name : {"partId", "mimeType", "filename"}) {
        if (theirs[name].string_or("") != ours[name].string_or("")) {
            differences.insert(path + " " + name);
        }
    }
    if (theirs["body"]["size"].integer() != ours["body"]["size"].integer()) {
        differences.insert(path + " size");
    } else if (theirs["body"]["data"].string_or("") != ours["body"]["data"].string_or("")) {
        differences.insert(path + " data");
    }
    if (theirs["headers"].size() != ours["headers"].size()) {
        differences.insert(path + " headers");
    }
    if (theirs["parts"].size() != ours["parts"].size()) {
        differences.insert(path + " parts");
        return;
    }
    auto at = ours["parts"].elements().begin();
    for (const auto part : theirs["parts"].elements()) {
        compare_parts(part, *at, path + "/" + std::string(part["partId"].string_or("")),
                      differences);
        ++at;
    }
}

TEST_F(GmailAgreement, mails_are_read_as_they_were_derived) {
    KnownDifferences known(std::string(APILAB_SOURCE_DIR) +
                           "/tests/external/agreement/gmail_mails.txt");
    const auto mails = external::files_in("gmail/mime", ".eml");
    APILAB_SKIP_WITHOUT(mails);
    for (const auto& file : mails) {
        const auto name = file.stem().string();
        const auto derived = external::json_of(external::data_root() / "gmail/derived-messages" /
                                               (name + ".full.json"));
        const auto raw = base64url_encode(external::text_of(file));
        const auto put = call("POST", "/messages", R"({"raw":")" + raw + "\"}");
        if (put.status() != 200) {
            EXPECT_TRUE(known.known(name + " refused")) << name << put.body();
            continue;
        }
        const auto answer = call("GET", "/messages/" + text(put, "/id"));
        const auto ours = JsonDocument::parse(answer.body());
        ASSERT_TRUE(ours) << name;
        std::set<std::string> differences;
        compare_parts(derived.root()["payload"], ours->root()["payload"], name, differences);
        for (const auto& difference : differences) {
            EXPECT_TRUE(known.known(difference)) << difference;
        }
    }
    EXPECT_EQ(known.unused(), "") << "these are not needed";
}

}  // namespace
}  // namespace apilab::sandbox::google
