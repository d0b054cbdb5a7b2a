#include "apilab/auth/pkce.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "apilab/auth/unguessable.hpp"

namespace apilab::auth {
namespace {

// RFC 7636 appendix B.
constexpr std::string_view verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
constexpr std::string_view challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

Result<Pkce> with(std::string text) {
    return Pkce::with(Secret(std::move(text)));
}

TEST(Pkce, the_challenge_is_that_of_the_rfc) {
    const auto pkce = with(std::string(verifier));
    ASSERT_TRUE(pkce) << pkce.error().to_string();
    EXPECT_EQ(pkce->verifier().reveal(), verifier);
    EXPECT_EQ(pkce->challenge(), challenge);
}

TEST(Pkce, a_verifier_below_43_characters_is_refused) {
    EXPECT_FALSE(with(std::string(42, 'a')));
    EXPECT_TRUE(with(std::string(43, 'a')));
    EXPECT_FALSE(with(""));
}

TEST(Pkce, a_verifier_above_128_characters_is_refused) {
    EXPECT_TRUE(with(std::string(128, 'a')));
    EXPECT_FALSE(with(std::string(129, 'a')));
}

TEST(Pkce, a_verifier_has_only_unreserved_characters) {
    EXPECT_TRUE(with(std::string(40, 'a') + "-._~"));
    for (const char c : {'+', '/', '=', ' ', '%', '\n', '\0', '\x7F', '\xC3'}) {
        const auto pkce = with(std::string(43, 'a') + c);
        ASSERT_FALSE(pkce) << static_cast<int>(c);
        EXPECT_EQ(pkce.error().kind(), ErrorKind::invalid_argument);
        EXPECT_EQ(pkce.error().detail(), "code_verifier");
        EXPECT_FALSE(pkce.error().to_string().contains("aaaa")) << "the verifier is a secret";
    }
}

TEST(Pkce, a_fresh_one_is_sound_and_never_the_same) {
    SystemRng chance;
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) {
        const auto pkce = Pkce::fresh(chance);
        EXPECT_TRUE(Pkce::with(pkce.verifier()));
        EXPECT_NE(pkce.challenge(), pkce.verifier().reveal());
        seen.emplace(pkce.verifier().reveal());
    }
    EXPECT_EQ(seen.size(), 100U);
}

TEST(Unguessable, every_bit_of_chance_is_in_it) {
    class Counted final : public Rng {
    public:
        std::uint64_t next() override {
            ++asked;
            return bits;
        }
        std::uint64_t bits = 0;
        int asked = 0;
    };
    Counted chance;
    const auto zero = unguessable(chance);
    EXPECT_EQ(chance.asked, 4);
    EXPECT_EQ(zero.reveal(), std::string(43, 'A'));
    std::set<std::string> seen;
    for (unsigned bit = 0; bit < 64; ++bit) {
        chance.bits = std::uint64_t{1} << bit;
        seen.emplace(unguessable(chance).reveal());
    }
    EXPECT_EQ(seen.size(), 64U);
}

}  // namespace
}  // namespace apilab::auth
