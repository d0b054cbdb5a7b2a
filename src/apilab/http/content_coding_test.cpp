#include "apilab/http/content_coding.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "apilab/http/internal/encode.hpp"

namespace apilab::http {
namespace {

using internal::brotli;
using internal::gzip;
using internal::zstd;

struct Decoded {
    Result<void> result;
    std::string text;
};

Decoded decode(std::string_view coding, std::string_view bytes, const DecodeLimits& limits = {},
               std::size_t step = std::string::npos) {
    Decoded decoded;
    auto decoder = ContentDecoder::create(coding, limits);
    if (!decoder) {
        decoded.result = fail(decoder.error());
        return decoded;
    }
    while (!bytes.empty() && decoded.result) {
        decoded.result = decoder->feed(bytes.substr(0, step), decoded.text);
        bytes.remove_prefix(std::min(step, bytes.size()));
    }
    if (decoded.result) {
        decoded.result = decoder->finish();
    }
    return decoded;
}

void expect_error(const Decoded& decoded, ErrorKind kind, std::string_view detail) {
    ASSERT_FALSE(decoded.result) << detail;
    EXPECT_EQ(decoded.result.error().kind(), kind) << decoded.result.error().to_string();
    EXPECT_EQ(decoded.result.error().detail(), detail);
    EXPECT_EQ(decoded.result.error().outcome(), Outcome::unknown);
}

// Text that neither compresses to nothing nor is all noise.
std::string sample(std::size_t size) {
    std::string text;
    for (std::uint32_t i = 1; text.size() < size; i = i * 1664525U + 1013904223U) {
        text += std::to_string(i >> 12U) + (i % 3 == 0 ? "\n" : ", ");
    }
    text.resize(size);
    return text;
}

struct Row {
    const char* coding;
    std::string (*encode)(std::string_view);
};

std::string zstd_plain(std::string_view text) {
    return zstd(text);
}
std::string brotli_in_gzip(std::string_view text) {
    return gzip(brotli(text));
}
std::string as_it_is(std::string_view text) {
    return std::string(text);
}

const Row rows[] = {{"gzip", &gzip},
                    {"X-GZip", &gzip},
                    {"br", &brotli},
                    {"zstd", &zstd_plain},
                    {"br, gzip", &brotli_in_gzip},
                    {"br,\tidentity , gzip", &brotli_in_gzip},
                    {"identity", &as_it_is},
                    {"", &as_it_is}};

TEST(ContentDecoder, every_coding_is_undone_whatever_the_pieces) {
    for (const auto& row : rows) {
        for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{200'000}}) {
            const std::string text = sample(size);
            const std::string coded = row.encode(text);
            for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::string::npos}) {
                const auto decoded = decode(row.coding, coded, {}, step);
                ASSERT_TRUE(decoded.result) << row.coding << decoded.result.error().to_string();
                EXPECT_TRUE(decoded.text == text) << row.coding << ' ' << size << ' ' << step;
            }
        }
    }
}

TEST(ContentDecoder, a_stream_cut_anywhere_is_an_error_and_never_a_shorter_text) {
    const std::string text = sample(300);
    for (const auto& row : rows) {
        const std::string coded = row.encode(text);
        if (coded == text) {
            continue;
        }
        for (std::size_t size = 1; size < coded.size(); ++size) {
            SCOPED_TRACE(std::string(row.coding) + ": " + std::to_string(size) + " of " +
                         std::to_string(coded.size()));
            expect_error(decode(row.coding, coded.substr(0, size)), ErrorKind::decode,
                         "content_encoding");
        }
    }
}

TEST(ContentDecoder, garbage_is_an_error) {
    for (const auto& row : rows) {
        const std::string coded = row.encode("the text");
        if (coded == "the text") {
            continue;
        }
        expect_error(decode(row.coding, "<html>this is no coded stream</html>"), ErrorKind::decode,
                     "content_encoding");
        expect_error(decode(row.coding, coded + "behind the end"), ErrorKind::decode,
                     "content_encoding");
    }
}

TEST(ContentDecoder, a_wrong_checksum_is_an_error) {
    std::string coded = gzip("the text");
    coded[coded.size() - 5] = static_cast<char>(coded[coded.size() - 5] ^ 1);
    expect_error(decode("gzip", coded), ErrorKind::decode, "content_encoding");
}

TEST(ContentDecoder, members_and_frames_follow_each_other) {
    EXPECT_EQ(decode("gzip", gzip("one, ") + gzip("two")).text, "one, two");
    EXPECT_EQ(decode("zstd", zstd("one, ") + zstd("two")).text, "one, two");
    EXPECT_EQ(decode("gzip", gzip("one, ") + gzip("two"), {}, 1).text, "one, two");
    EXPECT_EQ(decode("zstd", zstd("one, ") + zstd("two"), {}, 1).text, "one, two");
}

// libzstd refuses it as a whole, and takes it in pieces.
TEST(ContentDecoder, a_zstd_frame_that_is_shorter_than_it_says_is_an_error) {
    // Says 43 bytes, and its last block is an empty one.
    const std::string frame("\x28\xb5\x2f\xfd\x20\x2b\x01\x00\x00", 9);
    const std::string skipped(
        "\x50\x2a\x4d\x18\x04\x00\x00\x00"
        "abcd",
        12);
    for (const std::size_t step : {1, 3, 64}) {
        expect_error(decode("zstd", frame, {}, step), ErrorKind::decode, "content_encoding");
        expect_error(decode("zstd", skipped + frame, {}, step), ErrorKind::decode,
                     "content_encoding");
        EXPECT_EQ(decode("zstd", zstd("one") + skipped + zstd("two"), {}, step).text, "onetwo");
    }
}

TEST(ContentDecoder, no_bytes_at_all_are_an_empty_body) {
    EXPECT_TRUE(decode("gzip", "").result);
    EXPECT_EQ(decode("br, zstd", "").text, "");
}

TEST(ContentDecoder, a_bomb_of_a_thousand_to_one_is_stopped_early) {
    const std::string zeros(std::size_t{64} * 1024 * 1024, '\0');
    for (const auto& row : rows) {
        const std::string coded = row.encode(zeros);
        if (coded.size() == zeros.size()) {
            continue;
        }
        const auto decoded = decode(row.coding, coded, {}, 512);
        expect_error(decoded, ErrorKind::too_large, "ratio");
        EXPECT_LE(decoded.text.size(), 1024U * 1024U + 32U * 1024U) << row.coding;
    }
}

TEST(ContentDecoder, a_bomb_between_two_codings_is_stopped_too) {
    // A frame that zstd skips: the inner text is small again, what lies between is not.
    constexpr std::size_t skipped = 0x03fffff0;
    std::string between = zstd("x") + std::string("\x50\x2a\x4d\x18\xf0\xff\xff\x03", 8);
    between.resize(between.size() + skipped, '\0');
    const auto decoded = decode("zstd, gzip", gzip(between));
    expect_error(decoded, ErrorKind::too_large, "ratio");
}

TEST(ContentDecoder, a_small_text_may_have_any_ratio) {
    const std::string zeros(1'000'000, '\0');
    EXPECT_TRUE(decode("gzip", gzip(zeros)).text == zeros);
    expect_error(decode("gzip", gzip(zeros), {.ratio_floor = 100'000}), ErrorKind::too_large,
                 "ratio");
}

TEST(ContentDecoder, the_ratio_that_is_allowed_is_allowed) {
    const std::string coded = gzip(std::string(100'000, 'a'));
    const std::uint64_t ratio = (100'000 + coded.size() - 1) / coded.size();
    EXPECT_TRUE(decode("gzip", coded, {.ratio_max = ratio, .ratio_floor = 0}).result);
    expect_error(decode("gzip", coded, {.ratio_max = ratio - 1, .ratio_floor = 0}),
                 ErrorKind::too_large, "ratio");
}

TEST(ContentDecoder, sizes_before_and_after_are_limited) {
    const std::string text = sample(100'000);
    const std::string coded = gzip(text);
    EXPECT_TRUE(decode("gzip", coded,
                       {.compressed_bytes_max = coded.size(), .decoded_bytes_max = text.size()})
                    .result);
    expect_error(decode("gzip", coded, {.compressed_bytes_max = coded.size() - 1}, 100),
                 ErrorKind::too_large, "compressed_body");
    const auto decoded = decode("gzip", coded, {.decoded_bytes_max = text.size() - 1});
    expect_error(decoded, ErrorKind::too_large, "body");
    EXPECT_LT(decoded.text.size(), text.size());
}

TEST(ContentDecoder, more_than_two_codings_are_refused_before_a_byte_is_decoded) {
    expect_error(decode("gzip, gzip, gzip", ""), ErrorKind::too_large, "content_codings");
    EXPECT_TRUE(decode("gzip, identity, gzip", "").result);
    EXPECT_EQ(decode("gzip, gzip, gzip", gzip(gzip(gzip("x"))), {.codings_max = 3}).text, "x");
}

TEST(ContentDecoder, a_zstd_window_above_8_mib_is_refused) {
    EXPECT_EQ(decode("zstd", zstd("x", 23)).text, "x");
    expect_error(decode("zstd", zstd("x", 24)), ErrorKind::too_large, "window");
}

TEST(ContentDecoder, knows_what_it_can_undo) {
    EXPECT_TRUE(ContentDecoder::knows("gzip , BR,zstd"));
    EXPECT_TRUE(ContentDecoder::knows("identity"));
    EXPECT_TRUE(ContentDecoder::knows(""));
    for (const char* unknown : {"deflate", "compress", "gzip;q=1", "aws-chunked", "gzip br"}) {
        EXPECT_FALSE(ContentDecoder::knows(unknown)) << unknown;
        const auto decoder = ContentDecoder::create(unknown, {});
        ASSERT_FALSE(decoder);
        EXPECT_EQ(decoder.error().kind(), ErrorKind::invalid_argument);
    }
}

TEST(DecodeLimits, each_names_its_field_when_it_is_out_of_range) {
    EXPECT_TRUE(DecodeLimits().validate());
    const std::vector<std::pair<DecodeLimits, std::string>> bad = {
        {{.compressed_bytes_max = 0}, "compressed_bytes_max"},
        {{.decoded_bytes_max = 0}, "decoded_bytes_max"},
        {{.ratio_max = 1}, "ratio_max"},
        {{.ratio_floor = (std::uint64_t{1} << 30) + 1}, "ratio_floor"},
        {{.codings_max = 9}, "codings_max"}};
    for (const auto& [limits, field] : bad) {
        const auto valid = limits.validate();
        ASSERT_FALSE(valid) << field;
        EXPECT_EQ(valid.error().detail(), field);
        EXPECT_FALSE(ContentDecoder::create("gzip", limits));
    }
}

}  // namespace
}  // namespace apilab::http
