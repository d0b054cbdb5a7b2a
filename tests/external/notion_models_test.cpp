// What was recorded from Notion in July 2026, read with `provider::notion`'s models: no drift at
// all, and what is taken from it is what it says.

#include <gtest/gtest.h>

#include <map>

#include "apilab/data/decode.hpp"
#include "apilab/provider/notion_errors.hpp"
#include "apilab/provider/notion_values.hpp"
#include "external_data.hpp"

namespace apilab::provider::notion {
namespace {

class Reader {
public:
    void read(http::Json body, const std::string& what) {
        const auto object = body["object"].string_or("");
        if (object == "list") {
            for (const auto item : body["results"].elements()) {
                read(item, what);
            }
            return;
        }
        if (object == "page") {
            for (const auto& [name, value] : strictly<Page>(body, what).properties) {
                types[value.type] += 1;
            }
        } else if (object == "data_source") {
            EXPECT_FALSE(strictly<DataSource>(body, what).properties.empty()) << what;
        } else if (object == "database") {
            EXPECT_FALSE(strictly<Database>(body, what).id.empty());
        } else if (object == "user") {
            EXPECT_FALSE(strictly<User>(body, what).id.empty());
        } else if (object == "block") {
            const auto block = strictly<Block>(body, what);
            EXPECT_NE(block.content.find(block.type), nullptr) << what;
        } else if (object == "error") {
            const auto error = notion_error(http::Response::json(
                static_cast<int>(body["status"].integer().value_or(0)), body.to_text()));
            EXPECT_EQ(error.provider_code(), body["code"].string_or("none")) << what;
            EXPECT_EQ(error.request_id(), body["request_id"].string_or("")) << what;
        } else {
            return;
        }
        seen[std::string(object)] += 1;
    }
    std::map<std::string, int> seen;
    std::map<std::string, int> types;

private:
    template <class T>
    static T strictly(http::Json value, const std::string& what) {
        auto decoded = data::decode<T>(value, {.on_drift = data::OnDrift::strict});
        EXPECT_TRUE(decoded) << what << ": " << decoded.error().to_string();
        return decoded ? std::move(decoded->value) : T{};
    }
};

TEST(NotionModels, recordings_are_read_without_drift) {
    const auto files = external::files_in("notion/cassettes");
    APILAB_SKIP_WITHOUT(files);
    Reader reader;
    for (const auto& file : files) {
        const auto document = external::json_of(file);
        for (const auto exchange : document.root().elements()) {
            reader.read(exchange["response_body"], file.filename().string());
        }
    }
    EXPECT_GT(reader.seen["page"], 10);
    EXPECT_GT(reader.seen["block"], 10);
    EXPECT_GT(reader.seen["database"], 2);
    EXPECT_GT(reader.seen["data_source"], 1);
    EXPECT_GT(reader.seen["user"], 1);
    EXPECT_GT(reader.seen["error"], 1);
    EXPECT_GT(reader.types["title"], 0);
}

}  // namespace
}  // namespace apilab::provider::notion
