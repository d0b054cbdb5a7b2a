// Basic authentication of OAuth clients, as RFC 6749 writes it (APILAB_DATA/oauth/rfc-vectors.json,
// "basic_auth"). One difference, by rule: a space within an id or secret may be written `+` or
// `%20`, which form decoding reads alike; we write `%20`, so what is compared is what a server
// reads.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "apilab/auth/client_authentication.hpp"
#include "apilab/base/base64.hpp"
#include "external_data.hpp"

namespace apilab::auth {
namespace {

// As RFC 6749 appendix B: form decoding of each half.
std::string read_by_a_server(std::string_view authorization) {
    EXPECT_TRUE(authorization.starts_with("Basic "));
    auto pair = base64_decode(authorization.substr(6)).value_or("(no base64)");
    const auto colon = pair.find(':');
    EXPECT_EQ(pair.find(':', colon + 1), std::string::npos) << "a colon within a half is escaped";
    std::ranges::replace(pair, '+', ' ');
    return http::percent_decode(pair.substr(0, colon)) + "\n" +
           http::percent_decode(pair.substr(colon + 1));
}

TEST(ClientAuthenticationVectors, basic_is_what_rfc_6749_reads) {
    const auto files = external::files_in("oauth");
    APILAB_SKIP_WITHOUT(files);
    std::size_t seen = 0;
    std::size_t same = 0;
    for (const auto& file : files) {
        const auto document = external::json_of(file);
        for (const auto row : document.root()["basic_auth"].elements()) {
            const std::string id(row["client_id"].string_or(""));
            const std::string secret(row["client_secret"].string_or(""));
            const auto request =
                form_request(*http::Url::parse("https://id.test/token"), {},
                             {.client_id = id, .client_secret = Secret(secret)}, {});
            ASSERT_TRUE(request);
            const auto ours = request->headers().value("authorization");
            const auto theirs = row["authorization"].string_or("");
            EXPECT_EQ(read_by_a_server(ours), id + "\n" + secret);
            EXPECT_EQ(read_by_a_server(ours), read_by_a_server(theirs));
            same += ours == theirs ? 1 : 0;
            ++seen;
        }
    }
    EXPECT_GE(seen, 2U);
    EXPECT_GE(same, 1U);
}

}  // namespace
}  // namespace apilab::auth
