#include "apilab/auth/service_account.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "apilab/auth/internal/test_forms.hpp"
#include "apilab/auth/internal/test_keys.hpp"
#include "apilab/auth/jws.hpp"
#include "apilab/base/file.hpp"
#include "apilab/http/json.hpp"

namespace apilab::auth {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A key file as Google writes it, with one member replaced (an empty value: left out).
std::string key_file(std::string_view member = {}, const std::string& value = {}) {
    std::string text = "{";
    for (const auto& [name, good] :
         {std::pair(std::string("type"), std::string("\"service_account\"")),
          std::pair(std::string("project_id"), std::string("\"demo\"")),
          std::pair(std::string("private_key_id"), std::string("\"k1\"")),
          std::pair(std::string("private_key"), http::json_quote(test::rsa_pem().pkcs8)),
          std::pair(std::string("client_email"), std::string("\"robot@demo.test\"")),
          std::pair(std::string("token_uri"), std::string("\"https://id.test/token\"")),
          std::pair(std::string("universe_domain"), std::string("\"googleapis.com\""))}) {
        const auto& shown = name == member ? value : good;
        if (!shown.empty()) {
            text += (text.size() > 1 ? ",\"" : "\"") + name + "\":" + shown;
        }
    }
    return text + "}";
}

Error refusal(const std::string& json) {
    const auto account = ServiceAccount::from_json(Secret(json));
    EXPECT_FALSE(account) << json;
    return account ? Error(ErrorKind::internal, "accepted") : account.error();
}

TEST(ServiceAccount, a_key_file_becomes_a_grant) {
    const auto account = ServiceAccount::from_json(Secret(key_file()));
    ASSERT_TRUE(account) << account.error().to_string();
    EXPECT_EQ(account->client_email, "robot@demo.test");
    EXPECT_EQ(account->project_id, "demo");
    const JwtBearerGrant grant(account->grant_options("mail", "ada@demo.test"));
    const auto request = grant.request({}, SystemTime(std::chrono::seconds(1)));
    ASSERT_TRUE(request);
    EXPECT_EQ(request->url().to_string(), "https://id.test/token");
    const auto jws =
        verify_jws(test::field_of(*request, "assertion"), test::rsa_key().verification());
    ASSERT_TRUE(jws);
    EXPECT_EQ(jws->key_id, "k1");
    EXPECT_EQ(jws->payload,
              R"({"iss":"robot@demo.test","sub":"ada@demo.test","aud":"https://id.test/token",)"
              R"("iat":1,"exp":3601,"scope":"mail"})");
}

TEST(ServiceAccount, each_member_that_is_missing_or_wrong_is_named) {
    for (const auto* member :
         {"type", "client_email", "private_key", "private_key_id", "token_uri"}) {
        for (const auto* value : {"", "null", "7", "\"\"", "{}"}) {
            const auto error = refusal(key_file(member, value));
            EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
            EXPECT_EQ(error.detail(), "/" + std::string(member)) << error.to_string();
            EXPECT_THAT(error.to_string(), HasSubstr("/" + std::string(member)));
        }
    }
    EXPECT_THAT(refusal(key_file("type", "\"authorized_user\"")).remedy(), HasSubstr("refresh"));
    EXPECT_THAT(refusal(key_file("private_key", "\"hunter2\"")).to_string(),
                Not(HasSubstr("hunter2")));
    EXPECT_THAT(refusal(key_file("token_uri", "\"http://id.test/token\"")).to_string(),
                HasSubstr("https"));
    EXPECT_EQ(refusal(key_file("token_uri", "\"nowhere\"")).detail(), "/token_uri");
    EXPECT_THAT(refusal(key_file("token_uri", "\"x-hunter2://hunter2/\"")).to_string(),
                Not(HasSubstr("hunter2")));
    EXPECT_TRUE(ServiceAccount::from_json(
        Secret(key_file("token_uri", "\"http://127.0.0.1:8080/google/token\""))));
    EXPECT_TRUE(ServiceAccount::from_json(Secret(key_file("project_id"))));
}

TEST(ServiceAccount, what_is_no_key_file_at_all_is_refused) {
    for (const auto& text : {std::string(), std::string("[]"), std::string("{"),
                             std::string(70000, ' ') + "{}", std::string(100, '[')}) {
        EXPECT_EQ(refusal(text).kind(), ErrorKind::invalid_argument);
    }
}

class KeyFile : public ::testing::Test {
protected:
    void SetUp() override {
        folder_ = std::filesystem::temp_directory_path() /
                  ("apilab_key_file_" + std::to_string(::getpid()));
        std::filesystem::create_directories(folder_);
        ASSERT_TRUE(write_file_atomically(path(), key_file()));
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    [[nodiscard]] std::filesystem::path path() const { return folder_ / "key.json"; }
    void mode(unsigned bits) {
        std::filesystem::permissions(path(), static_cast<std::filesystem::perms>(bits));
    }

private:
    std::filesystem::path folder_;
};

TEST_F(KeyFile, that_only_its_owner_can_read_is_taken) {
    EXPECT_TRUE(ServiceAccount::from_file(path()));
    mode(0640);
    EXPECT_TRUE(ServiceAccount::from_file(path()));
}

TEST_F(KeyFile, that_everybody_can_read_or_write_is_refused_by_its_mode_unless_allowed) {
    mode(0644);
    const auto refused = ServiceAccount::from_file(path());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::invalid_argument);
    EXPECT_THAT(refused.error().message(), HasSubstr("0644"));
    EXPECT_THAT(refused.error().message(), HasSubstr(path().string()));
    EXPECT_TRUE(ServiceAccount::from_file(path(), {.readable_by_others = true}));
    mode(0602);
    EXPECT_FALSE(ServiceAccount::from_file(path()));
}

TEST_F(KeyFile, errors_name_the_path) {
    EXPECT_THAT(ServiceAccount::from_file(path() / "x").error().to_string(), HasSubstr("key.json"));
    ASSERT_TRUE(write_file_atomically(path(), "{}"));
    const auto error = ServiceAccount::from_file(path()).error();
    EXPECT_THAT(error.to_string(), HasSubstr("key.json"));
    EXPECT_EQ(error.detail(), "/type");
    ASSERT_TRUE(write_file_atomically(path(), std::string(70000, ' ')));
    EXPECT_EQ(ServiceAccount::from_file(path()).error().kind(), ErrorKind::too_large);
}

}  // namespace
}  // namespace apilab::auth
