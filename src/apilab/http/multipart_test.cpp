#include "apilab/http/multipart.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace apilab::http {
namespace {

// Every boundary is the letter of the next number, 24 times.
class LetterRng final : public Rng {
public:
    explicit LetterRng(std::vector<std::uint64_t> letters) : letters_(std::move(letters)) {}
    [[nodiscard]] std::uint64_t next() override {
        const std::size_t boundary = drawn_++ / 24;
        return letters_[std::min(boundary, letters_.size() - 1)];
    }
    [[nodiscard]] std::size_t boundaries() const { return drawn_ / 24; }

private:
    std::vector<std::uint64_t> letters_;
    std::size_t drawn_ = 0;
};

std::string boundary_of(const Multipart::Encoded& encoded) {
    const std::string front = "multipart/form-data; boundary=";
    EXPECT_TRUE(encoded.content_type.starts_with(front));
    return encoded.content_type.substr(front.size());
}

Multipart::Encoded encode(const Multipart& form) {
    SeededRng rng(7);
    return form.encode(rng).value();
}

void expect_error(const Multipart& form, ErrorKind kind, std::string_view detail) {
    SeededRng rng(7);
    const auto encoded = form.encode(rng);
    ASSERT_FALSE(encoded) << detail;
    EXPECT_EQ(encoded.error().kind(), kind) << encoded.error().to_string();
    EXPECT_EQ(encoded.error().detail(), detail);
}

TEST(Multipart, fields_and_files_are_written_in_order) {
    Multipart form;
    form.field("a", "1").field("a", "2").file(
        "upload", {.name = "x.csv", .content = "p,q\r\n", .content_type = "text/csv"});
    const auto encoded = encode(form);
    const std::string b = boundary_of(encoded);
    EXPECT_EQ(encoded.body,
              "--" + b + "\r\ncontent-disposition: form-data; name=\"a\"\r\n\r\n1\r\n" + "--" + b +
                  "\r\ncontent-disposition: form-data; name=\"a\"\r\n\r\n2\r\n" + "--" + b +
                  "\r\ncontent-disposition: form-data; name=\"upload\"; filename=\"x.csv\"\r\n"
                  "content-type: text/csv\r\n\r\np,q\r\n\r\n--" +
                  b + "--\r\n");
}

TEST(Multipart, a_form_without_parts_is_its_last_boundary) {
    const auto encoded = encode(Multipart());
    EXPECT_EQ(encoded.body, "--" + boundary_of(encoded) + "--\r\n");
}

TEST(Multipart, names_cannot_leave_their_quotes) {
    Multipart form;
    form.field("a\"; filename=\"b", "")
        .file("c\r\nx: y", {.name = "d\".txt\n", .content = ""})
        .field("käse", "");
    const std::string body = encode(form).body;
    EXPECT_NE(body.find("name=\"a%22; filename=%22b\"\r\n"), std::string::npos) << body;
    EXPECT_NE(body.find("name=\"c%0D%0Ax: y\"; filename=\"d%22.txt%0A\"\r\n"), std::string::npos)
        << body;
    EXPECT_NE(body.find("name=\"käse\"\r\n"), std::string::npos) << body;
}

TEST(Multipart, contents_are_taken_byte_by_byte) {
    std::string every_byte;
    for (int i = 0; i < 256; ++i) {
        every_byte += static_cast<char>(i);
    }
    Multipart form;
    form.file("f", {.name = "", .content = every_byte});
    EXPECT_TRUE(encode(form).body.contains("\r\n\r\n" + every_byte + "\r\n--"));
}

TEST(Multipart, a_boundary_that_occurs_in_the_form_is_not_used) {
    const std::string taken = "apilab-" + std::string(24, 'A');
    const std::vector<Multipart> forms = {Multipart().field("a", "x" + taken),
                                          Multipart().field(taken, ""),
                                          Multipart().file("a", {.name = taken}),
                                          Multipart().file("a", {.content_type = "x/" + taken})};
    for (const auto& form : forms) {
        LetterRng rng({0, 1});
        const auto encoded = form.encode(rng);
        ASSERT_TRUE(encoded);
        EXPECT_EQ(boundary_of(*encoded), "apilab-" + std::string(24, 'B'));
        EXPECT_EQ(rng.boundaries(), 2U);
    }
}

TEST(Multipart, an_rng_that_never_changes_does_not_loop_for_ever) {
    LetterRng rng({0});
    Multipart form;
    form.field("a", "apilab-" + std::string(24, 'A'));
    const auto encoded = form.encode(rng);
    ASSERT_FALSE(encoded);
    EXPECT_EQ(encoded.error().kind(), ErrorKind::internal);
    EXPECT_EQ(rng.boundaries(), 16U);
}

TEST(Multipart, boundaries_are_within_what_rfc_2046_allows_and_follow_the_seed) {
    SeededRng one(1);
    SeededRng again(1);
    SeededRng other(2);
    const Multipart form;
    const auto first = form.encode(one).value();
    EXPECT_EQ(first.content_type, form.encode(again)->content_type);
    EXPECT_NE(first.content_type, form.encode(other)->content_type);
    EXPECT_LE(boundary_of(first).size(), 70U);
}

TEST(Multipart, what_cannot_be_written_is_refused_with_the_fields_name) {
    expect_error(Multipart().field("", "x"), ErrorKind::invalid_argument, "");
    const std::string nul("a\0b", 3);
    expect_error(Multipart().field(nul, "x"), ErrorKind::invalid_argument, nul);
    expect_error(Multipart().file("f", {.name = nul}), ErrorKind::invalid_argument, "f");
    for (const char* path : {"a/b", "..\\b", "/"}) {
        expect_error(Multipart().file("f", {.name = path}), ErrorKind::invalid_argument, "f");
    }
    for (const char* type : {"", "text/plain\r\nx: y"}) {
        expect_error(Multipart().file("f", {.content_type = type}), ErrorKind::invalid_argument,
                     "f");
    }
}

TEST(Multipart, parts_and_bytes_are_limited) {
    expect_error(Multipart({.parts_max = 1}).field("a", "").field("b", ""), ErrorKind::too_large,
                 "parts");
    Multipart form;
    form.field("a", std::string(1000, 'x'));
    const std::uint64_t size = encode(form).body.size();
    Multipart fits({.bytes_max = size});
    fits.field("a", std::string(1000, 'x'));
    EXPECT_EQ(encode(fits).body.size(), size);
    for (const std::uint64_t limit : {size - 1, std::uint64_t{999}}) {
        Multipart large({.bytes_max = limit});
        large.field("a", std::string(1000, 'x'));
        expect_error(large, ErrorKind::too_large, "multipart");
    }
    expect_error(Multipart({.parts_max = 0}), ErrorKind::invalid_argument, "parts_max");
    expect_error(Multipart({.bytes_max = 0}), ErrorKind::invalid_argument, "bytes_max");
}

}  // namespace
}  // namespace apilab::http
