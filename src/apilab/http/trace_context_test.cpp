#include "apilab/http/trace_context.hpp"

#include <gtest/gtest.h>

namespace apilab::http {
namespace {

constexpr auto sample = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(TraceContext, is_read_and_written_as_the_standard_has_it) {
    const auto context = TraceContext::parse(sample);
    ASSERT_TRUE(context);
    EXPECT_EQ(context->trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
    EXPECT_EQ(span_id(context->span), "00f067aa0ba902b7");
    EXPECT_TRUE(context->sampled);
    EXPECT_EQ(context->traceparent(), sample);
}

TEST(TraceContext, other_flags_than_sampled_are_not_passed_on) {
    const auto context =
        TraceContext::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-fe");
    ASSERT_TRUE(context);
    EXPECT_FALSE(context->sampled);
}

TEST(TraceContext, a_higher_version_counts_as_far_as_it_is_known) {
    EXPECT_TRUE(
        TraceContext::parse("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-comes"));
    EXPECT_TRUE(TraceContext::parse("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
    EXPECT_FALSE(
        TraceContext::parse("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.what"));
}

TEST(TraceContext, what_breaks_the_rules_is_none) {
    for (const auto* text : {"", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
                             "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
                             "00-4BF92F3577B34DA6A3CE929D0E0E4736-00F067AA0BA902B7-01",
                             "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                             "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                             "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                             "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
                             "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}) {
        EXPECT_FALSE(TraceContext::parse(text)) << text;
    }
}

TEST(Tracestate, has_members_with_different_keys) {
    EXPECT_TRUE(valid_tracestate("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"));
    EXPECT_TRUE(valid_tracestate("fw529a3039@dt=FfAv, ,\trojo=1"));
    EXPECT_TRUE(valid_tracestate(""));
    EXPECT_FALSE(valid_tracestate("rojo=1,rojo=2"));
    EXPECT_FALSE(valid_tracestate("Rojo=1"));
    EXPECT_FALSE(valid_tracestate("rojo"));
    EXPECT_FALSE(valid_tracestate("rojo=a=b"));
    EXPECT_FALSE(valid_tracestate("rojo=" + std::string(257, 'x')));
    EXPECT_FALSE(valid_tracestate("a=" + std::string(250, 'x') + ",b=" + std::string(256, 'x') +
                                  ",c=" + std::string(10, 'x')));
    std::string many;
    for (int i = 0; i < 33; ++i) {
        many += "k" + std::to_string(i) + "=1,";
    }
    EXPECT_FALSE(valid_tracestate(many));
}

}  // namespace
}  // namespace apilab::http
