// PKCE as RFC 7636 has it and values derived from that (APILAB_DATA/oauth/rfc-vectors.json). The
// method `plain` is there too; ours has only S256, so its row must not come out.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "apilab/auth/pkce.hpp"
#include "external_data.hpp"

namespace apilab::auth {
namespace {

TEST(PkceVectors, come_out_as_written) {
    auto files = external::files_in("oauth");
    std::erase_if(files, [](const auto& file) { return file.filename() != "rfc-vectors.json"; });
    APILAB_SKIP_WITHOUT(files);
    const auto document = external::json_of(files.front());
    int right = 0;
    int refused = 0;
    for (const auto row : document.root()["pkce"].elements()) {
        const auto origin = row["origin"].string_or("?");
        const auto pkce = Pkce::with(Secret(std::string(row["code_verifier"].string_or(""))));
        ASSERT_EQ(pkce.has_value(), row["valid"].boolean().value_or(true)) << origin;
        if (!pkce) {
            ++refused;
        } else if (row["method"].string_or("") == Pkce::method) {
            EXPECT_EQ(pkce->challenge(), row["code_challenge"].string_or("")) << origin;
            ++right;
        } else {
            EXPECT_NE(pkce->challenge(), row["code_challenge"].string_or("")) << origin;
        }
    }
    EXPECT_GE(right, 2);
    EXPECT_GE(refused, 1);
}

}  // namespace
}  // namespace apilab::auth
