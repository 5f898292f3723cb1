/** A place in a script of Parse Dashboard 9.2.0: `from` is there once. */
export interface BundleChange {
  why: string;
  from: string;
  to: string;
}

const font = (family: string): BundleChange => ({
  why: 'fonts of another host tell it who administers; the page may not ask other hosts anyway',
  from: `a.push([e.id,"@import url(https://fonts.googleapis.com/css?family=${family});"]),`,
  to: '',
});
const FONTS = ['Dosis', 'Source+Code+Pro', 'Noto+Sans:400,700'].map(font);

const NO_PUSH = [
  'This server has no credentials of Apple or Google, so it cannot send push notifications.',
  'Devices that register are kept in the class _Installation.',
].join(' ');

/** By file. What each does is told in docs/dashboard.md. */
export const BUNDLE_CHANGES: Readonly<Record<string, readonly BundleChange[]>> = {
  'login.bundle.js': FONTS,
  'dashboard.bundle.js': [
    ...FONTS,
    {
      why: 'the page of cloud code takes the name of the file from a parameter that its router does not set',
      from: 'function FL(e){return e.splat}',
      to: 'function FL(e){return e["*"]}',
    },
    {
      why: 'it opens the file that it names, not only after a reload',
      from: 'this.context!==t&&this.fetchSource(t,FL(e.params))',
      to: '(this.context!==t||FL(this.props.params)!==FL(e.params))&&this.fetchSource(t,FL(e.params))',
    },
    {
      why: 'a date is cut in a column of the default width',
      from: 'a.push({name:d,width:150,visible:!r,',
      to: 'a.push({name:d,width:"Date"===e[d].type?220:150,visible:!r,',
    },
    {
      why: 'the list of classes is without those that no administrator needs',
      from: 'Hr()(r).call(r,function(e,n){var r=t.state.counts[n];void 0===r?r=t.state.computingClassCounts',
      to:
        'Hr()(r).call(r,function(e,n){if(n!==t.props.params.className&&(window.APPBACKEND_INTERNAL||[]).includes(n))return;' +
        'var r=t.state.counts[n];void 0===r?r=t.state.computingClassCounts',
    },
    {
      why: 'the agent needs an account of a language model and would send it data',
      from: 'a.push({name:"Agent",link:"/agent",icon:"sparkle-solid"}),',
      to: '',
    },
    {
      why: 'without credentials for push the menu leads to one page, which says so',
      from: 's.length>0&&u.push({name:"Push"',
      to: 'u.push({name:"Push"',
    },
    {
      why: 'audiences lead nowhere without push',
      from: 'o.push&&o.push.pushAudiences&&s.push(',
      to: 'o.push&&o.push.immediatePush&&o.push.pushAudiences&&s.push(',
    },
    {
      why: 'a page that is not there says what is missing',
      from: 'hr.createElement("div",{className:Ku.loadingError},"Feature unavailable")',
      to:
        'hr.createElement("div",{className:Ku.loadingError},"push"===g?"Push is not set up":"Feature unavailable"),' +
        `"push"===g&&hr.createElement("p",{style:{color:"#fff",fontSize:"16px",maxWidth:"560px",margin:"24px auto",lineHeight:"24px"}},${JSON.stringify(NO_PUSH)})`,
    },
    {
      why: 'here a worker runs the schedules',
      from:
        'hr.createElement("p",null,"Be noted that ",hr.createElement("b",null,"parse-server doesn\'t run the jobs in the scheduled times")," by itself."),' +
        'hr.createElement("p",null,"Please take a look at the ",hr.createElement("a",{href:"http://docs.parseplatform.org/parse-server/guide/#jobs"},"docs")," on how to do that.")',
      to: 'hr.createElement("p",null,"A worker starts scheduled jobs at their times.")',
    },
    {
      why: 'a job’s times are whole',
      from:
        'hr.createElement("td",{style:{width:"20%"}},gc(new Date(e.createdAt))),' +
        'hr.createElement("td",{style:{width:"20%"}},e.finishedAt?',
      to:
        'hr.createElement("td",{style:{width:"20%",fontSize:12}},gc(new Date(e.createdAt))),' +
        'hr.createElement("td",{style:{width:"20%",fontSize:12}},e.finishedAt?',
    },
    {
      why: 'the head of a view’s column is as wide as its name and a border of a pixel',
      from: 'r=n.measureText(t).width+32;return Math.max(r,40)}return Math.max(12*(t.length+2),40)};Hr()(r)',
      to: 'r=n.measureText(t).width+36;return Math.max(r,40)}return Math.max(12*(t.length+2),40)};Hr()(r)',
    },
  ],
};
