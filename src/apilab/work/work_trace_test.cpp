#include "apilab/work/work_trace.hpp"

#include <gtest/gtest.h>

namespace apilab::work {
namespace {

const std::string sent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

TEST(WorkTrace, of_a_delivery_goes_on_with_a_span_of_our_own) {
    SeededRng rng(1);
    const auto trace = delivery_trace({.headers = {{"traceparent", sent}}}, rng);
    EXPECT_EQ(trace.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
    EXPECT_NE(trace.span, http::TraceContext::parse(sent)->span);
    EXPECT_FALSE(trace.sampled) << "whoever began it decided that";
}

TEST(WorkTrace, begins_where_a_delivery_has_none_that_can_be_read) {
    SeededRng rng(1);
    for (const Event& event : {Event(), Event{.headers = {{"traceparent", "garbage"}}},
                               Event{.headers = {{"traceparent", sent}, {"traceparent", sent}}}}) {
        const auto trace = delivery_trace(event, rng);
        EXPECT_TRUE(trace.exists());
        EXPECT_NE(trace.span, 0);
        EXPECT_TRUE(trace.sampled);
        EXPECT_NE(trace.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
    }
}

TEST(WorkTrace, is_read_from_a_row_or_is_none) {
    EXPECT_EQ(trace_of(Job{.trace_context = sent}), http::TraceContext::parse(sent));
    EXPECT_EQ(trace_of(Message{.trace_context = sent}), http::TraceContext::parse(sent));
    EXPECT_FALSE(trace_of(Job()).exists());
    EXPECT_FALSE(trace_of(Message{.trace_context = "x"}).exists());
}

}  // namespace
}  // namespace apilab::work
