"""A folder for PYTHONPATH with stubs of two libraries that need a C++ compiler.

Core's mobile_app imports them through cloud and assist_pipeline. No test uses voice.
"""
