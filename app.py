"""IronReport: entry of the Streamlit app. The server imports it once; Streamlit runs it for each visitor."""

if __name__ == "__main__":  # for a visitor: router and page frame, no logic
    from ironreport.ui import nav

    nav.enter()
else:
    import streamlit as st

    from ironreport.serving import started
    from ironreport.serving.no_delay import send_at_once
    from ironreport.serving.settling import settled
    from ironreport.ui import ahead

    service = started.check()
    started.register_no_strangers()
    send_at_once()
    app = st.App(__file__, middleware=started.middleware(service), lifespan=settled(started.lifespan, ahead.steps))
